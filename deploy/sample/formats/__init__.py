"""Turn one readable source into the bytes of one real file.

source   front matter and Markdown to records
brand    the company's colours, logo and words on every page
pdf      letters, policies and manuals;  page: their header, logo, footer and signatures
scan     the same, printed and put on a scanner
word     DOCX;  slides: PPTX;  sheets: XLSX;  package: the same bytes from the same content for all three
web      intranet pages;  mail: messages with attachments;  plain: MD, TXT and CSV
"""
