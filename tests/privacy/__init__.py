"""Hold what is kept of persons, and what they may ask for, to its word."""
