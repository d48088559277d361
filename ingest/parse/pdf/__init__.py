"""Read a PDF page by page: characters with their places become words, lines, tables and blocks.

document    parse_pdf: page by page; pages without usable text go to ocr
look        what a PDF is, without reading it

pdfium      its library called cheaply
text        characters to words and lines;  words  with their places, words to visual lines (pure)
phrases     where the words of a phrase stand among those of a page (pure)
objects     lines, areas and pictures drawn
forms       fields and notes;  active  what would act

tables      tables apart from lines;  ruling  cells between drawn lines;  columns  tables without them (all pure)
lookalikes  what only stands in columns;  table_rows  visual lines to rows (both pure)

reading_order, furniture, hyphens   columns in order, headers and footers out, words whole (pure)
layout      lines to blocks: headings, paragraphs, lists, captions, code (pure); OCR's pages too
"""
