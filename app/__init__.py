"""Answer questions over HTTP and on the command line; the composition root lives here.

settings      one TOML, frozen
offline       switches off every library's telemetry and downloads
adapters      opens the adapter behind each port;  wiring  plugs the parts together;  ingestion  those that ingest
front         answers at the door until the neighbours are there;  serving  serves until told to stop
beside        threads beside the API;  winding_down  ends a house that is serving;  work  a process that ingests
readiness     whether a question would be answered;  probe  checks that may hang
embeddings    the embedding model as a server
admission     who comes in, with what;  identity  accounts and roles;  sessions, keys  what people come with
openid        the company's sign-in provider;  provider  judges it for the doctor
stewardship   who looks after which collection;  looks  name and logo of the house
answer        the story "one question", on one screen
prompt        question, history and passages within the token budget
llm           any OpenAI-compatible vLLM
citations     checks each sentence against what it cites;  refusal  keeps the code for "no answer" from the page
places        the rows and sentences that a number belongs to;  measures  what it counts there
suggestions   what to ask next, that the documents answer
looked_for    which questions ask for documents;  listing  writes the list down
parts         takes a question for several things apart
rewrite       makes a follow-up question stand alone by rules;  restate  by the model
stream        answers in flight: started once, followed by many, resumable;  waiting  their line before the model
history       conversations, messages, answers;  feedback  what people think of them
audit/        the audit trail: who did what to which ids, in a chain
privacy/      every store declared, and what people may ask for;  selftest/  proves that erasure erases
conversation_search  finds one's own conversations by their words
shelf         takes people's own files in, and forgets them
reopening     shows an old answer as the reader of today;  leaving_out  what rests on closed text
page_images   keeps what was drawn a moment ago, in bounded memory
schema        tables of people and conversations;  migrations/  their history
models/       catalogue, fetch, convert, verify
vllm_server   command line of the CPU vLLM;  supervise  children of `intramuros up`
founding/     what a house in containers needs of its own: .env, secrets, a certificate
preflight     what a machine must have;  environments, bootstrap  before any package exists
usage         a week in figures;  asked  what they are made from;  suppression  which of them tell of too few
standing      how collections and their sources stand, what is missing
metrics       counters of a process;  metric_families  their names;  vitals  figures of the house;  logs  lines
observation   hands what happens on to counters and traces;  tracing, tracing_otlp, traceparent  the traces
doctor        checks with remedies;  checkup  those of a running house
consistency   whether index, database and originals fit together
egress/       which connections processes attempt
bulk          has bulk loads read on a Ray cluster
unpacked      programs of Debian that the tests use
evaluate      quality of answers;  bench/  speed and memory
labelled      the check on sentences known to be true or false;  judgments  on answers that people judged
check_figures compares both with the committed figures
api/          routes, one file a resource
cli/          `intramuros …`, one file a command group
"""
