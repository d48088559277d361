"""Put everything an installation behind an air gap needs into one directory that proves to be whole.

    contents   what belongs in, and in which order it is put there
    engine     the container engine and compose: which images, tagged and saved
    seal       SHA-256 of every file, and an Ed25519 signature over the list

`deploy/bundle/import.sh` opens a bundle on the other side; it needs nothing but a shell, openssl and the engine.
"""
