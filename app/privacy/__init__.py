"""Keep the promises of the GDPR: what is kept where and why, and what people may ask for.

inventory   every store of a house, declared once;  store  what is declared of each
export      all that is kept of a person, as a zip;  exporting  into a file that is whole or not there
teller      tells it as the person may see it;  of_person, handed_over  read it from the database
export_records  what its files hold;  export_page, export_words  its pages to be read
asked       what a question should not hold
rectifying  what was wrong of a person or in a document
restriction  what is kept and not used;  restricting  with attachments, and on record
in_database, in_folders, beside  the stores by where they are;  switches  what settings and variables decide of them
terms       every store with a term, what is due in it, and how that is dropped
retention   runs the terms by the clock, and says when each was last kept
holds       what is neither forgotten nor erased until somebody releases it
erasing     one erasure, told from the order to the receipt;  carrying_out  its steps;  kept  what it leaves, and why
erasure_requests  what was ordered, so that it can be finished;  counted  how much there was, and is;  receipt  signed
person_rows what the database holds of a person, erased;  redaction  what answers said from an erased document
purging     no byte left on the disk;  erasure_terms  both by the clock
break_glass reading somebody's chats: two administrators, a reason, a limited time, and the person is told
"""
