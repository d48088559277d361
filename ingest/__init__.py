"""Turn files into visible, searchable passages: the story "one document".

pipeline     "one document", on one screen;  draft  what travels through it
types        SourceFile, Block, ParsedDocument, Chunk, State

sources/     where files come from: folder, bucket
formats      what each is called, told by and read with: the table a new one joins
gate         what may come in;  container  ZIP packages and OLE files, checked inside
members      what the members of a package may be called, and packages within it
sandbox/     where a file is parsed: one killable process per document
engines/     where a document is taken apart: on this machine, on a Ray cluster
parse/       one file a format
guard/       what is personal in a text
chunk        blocks to chunks;  tables  a long table to shorter ones
vectors      texts to vectors, each text once
originals    keeps the files themselves;  room  whether the disk takes more
erasures     lists what was erased, for whoever restores a backup

database     opens it;  schema  its collections, documents, versions, chunks, readers, jobs
collections  declares what may be ingested, and for whom;  own_files  what people bring for themselves
catalog      documents and versions; the source of truth;  attempts  who holds a document, and how that ended
versions     says what a version is;  version_store  keeps what it holds
readership   changes who may read;  passages  hands text to those who may
indexing     keeps the index level with the database
index_store  which index is in use, and which beside it;  building  fills that one while the house goes on
followers    which processes write to which index, for a change that waits for them
holdings, inventory, stocktaking   what the database says, for a sync and for a check

sync         what a sync has to do;  schedule  when it is due;  watch  what changes in a folder
jobs         the contract of jobs;  items  their files;  runs  takes and holds them
clearing     finishes what killed workers left half done
importing    works off the files of one job;  desk  what it works with
reconcile    what of a job needs no reading;  backlog  drafts between readers and the publisher
outcome      what becomes of a file that broke off;  endings  writes down how files end
attachments  files of what was found inside a document;  names  what others called them
events       lines of the log
counting     how ingestion stands, in figures;  onlooker  is told what becomes of documents
progress     how fast a job is;  estimate  how long documents take;  survey  what a big import would bring

consistency  compares database, index and originals
review       what a person should look at
evaluate     parsing quality on a labelled set;  evaluate_tables  of its tables
"""
