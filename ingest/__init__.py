"""Turn files into visible, searchable passages: the story "one document".

types       SourceFile, Block, ParsedDocument, Chunk, State
schema      the database's collections, documents, versions, chunks, readers, jobs
catalog     reads and writes them; the source of truth
sources     where files come from: folder, upload
gate        what may come in; container: ZIP packages and OLE files, checked inside
members     what the members of a package may be called, and packages within it
sandbox/    where it is parsed: one killable process per document
parse/      one file per family of formats
chunk       blocks to chunks;  tables  a long table to shorter ones
pipeline    "one document", on one screen
runs        jobs: workers, progress, cancel, quarantine
consistency compares database, index and originals;  stocktaking  what the database says for it
evaluate    parsing quality on a labelled set
"""
