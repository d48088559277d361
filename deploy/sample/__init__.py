"""Hold the sample company, Quellmark SE: who works there, what they may read, and the files they read.

company.toml     people with their groups, and collections with their declarations
sources/         one readable file a document, a folder a collection
render           turns the sources into real PDF, office, mail and web files
formats/         one module a file format
questions.jsonl  what people ask, what a correct answer holds, and who may know it
"""
