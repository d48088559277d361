"""Hold deploy/ to its word: all combinations of the compose files, the gate, pages in turn, keys, certificates."""
