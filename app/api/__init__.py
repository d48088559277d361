"""Serve the HTTP API: one file a resource.

server          builds the FastAPI application from wired parts
schemas         what goes over the wire
problems        errors as application/problem+json with a remedy
sessions        sign-in and sign-out;  keys  one's API keys;  scopes  what a key opens
conversations   questions, answers as events
feedback        thumbs on answers, and who looks after a collection reads them
exports         one's conversations as files;  export_formats  what is written into them
event_stream    an answer's events as they come, while somebody reads them
documents       lists, uploads, originals
passages        passages between their neighbours, and on the page they stand on
personal        all that is kept of oneself; all one's conversations deleted
own_files       files of one's own, to ask about
jobs            ingestion runs, quarantine and what a person should look at
stewards        who looks after which collection;  administration  collections and their sources
restrictions    documents and people's data kept and not used
usage           a week in figures that tell of no one
checkup         how the house is doing, with remedies
consistency     whether index, database and originals fit together
openai          /v1/chat/completions and /v1/models
audit           the audit trail, for auditors;  audited  puts requests and refusals on it
health          /healthz, /readyz, /metrics
"""
