"""Show the page: sign in, ask, read the document beside the answer. Speaks HTTP to the API and decides nothing.

    chat          the entry: one run of the page, top to bottom
    signin        who sits here; personas of a trial
    conversation  the dialogue: question, sources, stream, checked answer, feedback
    live          an answer on its way, followed by a thread and resumed after a broken connection
    viewer        the document beside the answer;  page_image  its page, with the cited words marked
    sidebar       conversations, places, the state of the model
    places        the table of places: who each is open to, and what draws it
    documents     what I may read, and uploads
    intake        ingestion under way, quarantine, what a person should look at
    administration  collections with their declarations and sources, for those who look after them
    usage         what is asked and how well it is answered, in figures of no one;  charts: figures as bars and tables
    said          what readers say of answers, for those who look after the collection
    health        whether all that an answer needs is there
    keys          one's API keys for other programs
    recorded      what is recorded of everybody here;  own_data: what one may do with one's own
    emergency     somebody's chats, with a second administrator;  proof: who acts shows again who they are
    times         durations as people read them
    audit         records of the audit trail, for auditors;  audit_records: what the API returns of them
    client        the API as typed calls;  records, intake_records: what it returns;  events: an answer as it comes
    office        the same for administration, audit and keys;  administered: what that returns
    render        THE sanitiser: any foreign text to inert HTML (pure);  tables: passages with their tables (pure)
    browser       the few lines that run in the browser: clicks on citations, copying, staying signed in
    theme         wordmark, styles, and the one place that sends HTML
    state         what the page remembers of one browser tab
    words         every text shown, in English;  languages: who is spoken to in which;  locale/: the translations
    *_words       the words of one place each;  problem_words: of what did not work
    provider      has Streamlit sign people in through the company's provider
    past          conversations of before: search, names, files;  questions: editing and asking again
    scope         which collections are asked;  thumbs: what was good or bad;  own_files: files brought to ask about
    hardening     the options Streamlit must run with, checked before it starts
    uploads       bounds what files take of the page's memory, and takes none from strangers

Start it from anywhere:

    INTRAMUROS_API_URL=http://127.0.0.1:8600 python -m ui --port 8601 --public-url http://127.0.0.1:8601

It answers `GET /_stcore/health` with "ok" when it is up, stays in the foreground and ends on SIGTERM or SIGINT.
`streamlit run ui/chat.py` works for looking around; only `python -m ui` also limits hosts and origins.
"""

API_URL_VARIABLE = "INTRAMUROS_API_URL"
HEALTH_PATH = "/_stcore/health"
