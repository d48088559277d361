"""A labelled set for the parsing evaluation, invented from a seed: `python -m tests.labelled FOLDER SEED`.

Each file names what has to be found, what must not be (page furniture, navigation, hidden text), and the values of its
table with their row and header.

languages       the words of three languages
content         what one document says
pdf, office, markup, open_document   how each format writes it
files           the set and its manifest
follow_ups      follow-up questions, and what answers them
near_misses     questions to the sample company, half of which name what no document does: `eval answers --questions`
claims          sentences that the sample company's documents support, and mistakes made of them
"""
