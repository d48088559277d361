"""Recognise personal data in a text, on this machine and with no model: who, where, which number, what is protected.

scan           one text, told as a whole;  types  Kind, Finding;  windows  the parts of a text around its digits

number_rules   which numbers there are, and how each is checked;  number_cues  the words beside them
numbers        finds them;  phones  finds telephone numbers
contacts       mail, machines, births and ages;  addresses  streets and towns
names          who;  name_words  the words of a text as parts of names;  name_cues  what introduces one
given_names, surnames   the names that are known
special        health, religion, trade unions, where they are said of somebody

policy         what becomes of it in a collection;  desk  a document before it is indexed;  tally  what was counted

evaluate       precision, recall and what leaks, on labelled sets
"""
