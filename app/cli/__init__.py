"""Hold the command line `intramuros`: `main` registers the groups, one file each."""
