"""Account for answers from the command line, beside a house that runs and holds its index."""
