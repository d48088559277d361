"""Turn the bytes of an accepted file into blocks. Runs inside the sandbox, one document a process.

dispatch    parse(path, media_type, file_name): picks the parser; the only entry
draw        a page of a PDF or an image as PNG with marks over it

Formats, each under the extension that its files carry:
pdf/        PDF, page by page
docx        DOCX;  docx_numbers  what its lists are numbered with
pptx        PPTX
xlsx        XLSX through openpyxl
doc         DOC;  doc_styles  what its paragraphs look like
ppt         PPT;  ppt_records  the records that hold its text
xls         XLS through calamine
odt         ODT
odp         ODP
ods         ODS
rtf         RTF;  rtf_tokens  its tokens (pure);  rtf_blocks  paragraphs and table rows gathered
html        HTML (and Markdown once rendered);  html_tables  its tables square by square
epub        EPUB, each chapter as a web page
eml         EML: headers, body, attachments as documents of their own
msg         MSG, turned into EML
txt         TXT
csv         CSV, TSV
markdown    Markdown, rendered to HTML first
asciidoc    AsciiDoc;  asciidoc_text, asciidoc_table  its marks and tables (pure)
rst         reStructuredText through docutils
image       PNG, JPEG, TIFF: each frame a scanned page

What several of them share:
hidden/     what a file holds and a reader does not see, whatever the format
ocr         scanned pages through tesseract: words, confidences, boxes
ooxml       parts, relations and charts of an Office package; safe XML for every format
odf         what OpenDocument files share;  odf_styles  what their styles mean (pure)
ole         the one door to OLE files
html_partition   the one door to unstructured, with its traps closed
encoding    bytes of unknown encoding to text (pure)
table       rows of cells to Markdown and HTML, regions of a sheet, ranges of cells (pure)
"""
