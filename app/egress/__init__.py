"""Say which connections the processes of the house attempted, and whether the settings name what they were to.

addresses   which addresses are this machine's own, and what a socket address holds
names       what a query to a resolver asks for
listener    the kernel tells of each call that could leave the machine
watching    runs a command under that, and writes down its attempts
allowed     what the settings name, and whether an attempt was to it
"""
