"""Take documents apart: gate, parser, chunks. Where that happens is the engine's affair; the ledger stays with `runs`.

local       in processes of this machine
ray         on the workers of a Ray cluster, which embed too: for bulk loads
shelf       the vectors that came with the documents, until they are asked for
"""
