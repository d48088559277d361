"""Find passages for a question and never show one to someone who may not read it.

    types      the shared records and ports: Reader, Passage, SearchResult, Embedder, VectorIndex, PassageStore
    errors     the error tree, each with a remedy
    readers    who may read: the one place where principals are made and compared
    language   which language a text is in, and its terms: folded, without stop words, stemmed
    compounds  the parts of German words
    stop_words the function words of each language
    sparse     BM25 weights of a text's terms
    embed      unit vectors of a text, by a sentence-transformers directory;  threads  of it sleep while they wait
    embed_http the same at a server, left alone by a  breaker  while it fails;  model_folder  what both read of it
    leads      which lean towards its title;  level  and lie on one level for all languages, told by  paragraphs
    vocabulary whether a language has a word
    schema     what the index stores of a chunk, the same for both adapters
    edge       the index inside this process (Qdrant Edge);  shard: opened, and written anew;  lock: one process at a
               time;  floor: never on a full disk
    server     the index on a Qdrant server
    fuse       two rankings become one;  rank  and that is put in order by what can be read off the passages
    cross_encoder  a model that reads the best beside the question, where a site names one
    editions   the newest edition of a document first, copies last
    expand     misspelt words and short forms, read by what the asker may read
    wanted     which documents the question asks for, by date and kind;  kinds  by media type
    search     the retrieval half of "one question", on one screen
    mentions   all documents that say something, instead of the best passages
    evidence   whether the corpus can answer the question at all
    evaluate   a directory of questions and judgements becomes a table of figures;  metrics  their definitions
    compare    such figures beside those committed before, and what fails
    cases      questions that a corpus can and cannot answer;  abstention  how well they are told;  calibration  by what
    dataset    reads such a directory;  vector_cache  embeds its texts once
    langchain  the same search as a LangChain retriever

Importing a module does nothing; heavy libraries are imported where they are used.
"""
