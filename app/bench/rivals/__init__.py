"""Ask the same questions of the same chunks and vectors elsewhere: what a user would else have taken, side by side.

compare      the run and its standings;  parcel  what is handed to a child process and what it hands back
draw         makes parcels of evaluation sets and of made chunks;  environment  where the rivals are installed
ours         Qdrant Edge and our search, in this process
local        qdrant-client's local mode, both legs fused by itself
langchain    LangChain's Qdrant retriever as documented
chain        LangChain's retrieval chain as documented, with a language model; `bench api` asks it, not `bench rivals`
mistral      Mistral's Search Toolkit with its Qdrant plugin
"""
