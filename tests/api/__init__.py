"""Ask the API over HTTP, in a house with one document for all and one for HR."""
