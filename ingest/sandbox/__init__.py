"""Read each document in a process of its own that can be killed and sees neither network nor files.

Outside, in the service:
process     one process a document
wait        its limits and its cancellation
arrival     what it says, checked
private     the folder it may write into: bounded, and removed
launch      starts and holds the process that those are forked from; how far this machine confines them
wire        orders in, results out: checked JSON

Inside:
nursery     the process documents are forked from
preload     what it imports once, so that a document costs milliseconds
huge_pages  its memory folded, so that a fork is cheap
confine     what a document's process has taken away: files, network, account, memory, time
landlock    the file system, but for what is named
calls       system calls that need no more than the same account: sockets, other processes, modes and dates of files
program     how such a filter is written for the kernel
privilege   capabilities, the root account
probe       how much of that this machine grants
"""
