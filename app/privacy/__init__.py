"""Keep the promises of the GDPR: what is kept where and why, and what people may ask for.

inventory   every store of a house, declared once;  store  what is declared of each
in_database, in_folders, beside  the stores by where they are;  switches  what settings and variables decide of them
"""
