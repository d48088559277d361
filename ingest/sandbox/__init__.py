"""Read each document in a process of its own that can be killed and sees neither network nor files.

process     one process a document, from the caller's side: limits, cancellation, what it found out
launch      starts and holds the process that those are forked from; how far this machine confines them
"""
