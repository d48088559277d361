"""List the files of a place and lend their bytes. A source only tells what is there; `ingest.sync` decides what is new.

folder       a folder of this machine or of a mounted share, and single files
bucket       a bucket behind an S3-compatible server
permissions  readers from the file system's permissions
rules        readers from a mapping of patterns in the settings
"""

from ingest.sources.folder import FolderSource

__all__ = ["FolderSource"]
