"""Hold one file a change of the tables; the file name begins with its number."""
