CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version (version_num) VALUES ('0014');
CREATE TABLE audit_events (
    seq BIGINT NOT NULL, 
    at VARCHAR(32) NOT NULL, 
    kind VARCHAR(24) NOT NULL, 
    actor VARCHAR(32), 
    outcome VARCHAR(32) NOT NULL, 
    objects TEXT NOT NULL, 
    source VARCHAR(64), 
    mac VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_audit_events PRIMARY KEY (seq)
);
CREATE INDEX ix_audit_events_at ON audit_events (at);
INSERT INTO audit_events (seq, at, kind, actor, outcome, objects, source, mac) VALUES (1, '2026-03-02T08:00:00.000+00:00', 'sign-in', '00000000000000000000000000000000', 'done', '{"collection":"handbook"}', NULL, 'f886abed8519f3c9b10eda17d52df004ca84eff5a039d2a307e66f726b5dc363');
INSERT INTO audit_events (seq, at, kind, actor, outcome, objects, source, mac) VALUES (2, '2026-03-02T08:00:00.000+00:00', 'access-changed', '00000000000000000000000000000000', 'done', '{"collection":"handbook"}', NULL, '333db056b1e3f854a87facae0faa3a8d21ce79a220e943fa98ad44bf587c9153');
CREATE TABLE collections (
    id VARCHAR(64) NOT NULL, 
    name TEXT NOT NULL, 
    owner TEXT NOT NULL, 
    purpose TEXT NOT NULL, 
    legal_basis TEXT NOT NULL, 
    retention_days INTEGER NOT NULL, 
    confidentiality VARCHAR(32) NOT NULL, 
    readers JSON NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    managers JSON DEFAULT '[]'::json NOT NULL, 
    private_to VARCHAR(128), 
    personal_data VARCHAR(16) DEFAULT 'warn'::character varying NOT NULL, 
    personal_data_readers JSON DEFAULT '[]'::json NOT NULL, 
    CONSTRAINT pk_collections PRIMARY KEY (id)
);
INSERT INTO collections (id, name, owner, purpose, legal_basis, retention_days, confidentiality, readers, created_at, managers, private_to, personal_data, personal_data_readers) VALUES ('handbook', 'Handbook', 'HR', 'inform employees', 'Art. 6(1)(f) GDPR', 365, 'internal', '["everyone"]', '2026-03-02T08:00:00.000+00:00', '["user:root"]', NULL, 'warn', '[]');
CREATE TABLE erasure_requests (
    id VARCHAR(36) NOT NULL, 
    kind VARCHAR(16) NOT NULL, 
    scope VARCHAR(32) NOT NULL, 
    answers VARCHAR(16) NOT NULL, 
    target VARCHAR(128), 
    documents JSON NOT NULL, 
    before JSON NOT NULL, 
    receipt JSON, 
    ordered_at VARCHAR(32) NOT NULL, 
    erased_at VARCHAR(32), 
    purged_at VARCHAR(32), 
    CONSTRAINT pk_erasure_requests PRIMARY KEY (id)
);
INSERT INTO erasure_requests (id, kind, scope, answers, target, documents, before, receipt, ordered_at, erased_at, purged_at) VALUES ('erasure', 'document', '00000000000000000000000000000000', 'redact', NULL, '[]', '{"texts": 4}', '{"after": {"texts": 0}, "kept": []}', '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', NULL);
CREATE TABLE holds (
    id VARCHAR(36) NOT NULL, 
    kind VARCHAR(16) NOT NULL, 
    target VARCHAR(128) NOT NULL, 
    reason TEXT NOT NULL, 
    placed_by VARCHAR(128) NOT NULL, 
    placed_at VARCHAR(32) NOT NULL, 
    released_by VARCHAR(128), 
    released_at VARCHAR(32), 
    CONSTRAINT pk_holds PRIMARY KEY (id)
);
CREATE INDEX ix_holds_kind_target ON holds (kind, target);
INSERT INTO holds (id, kind, target, reason, placed_by, placed_at, released_by, released_at) VALUES ('hold', 'document', '00000000-0000-4000-8000-0000000000d1', 'a lawsuit', 'root', '2026-03-02T08:00:00.000+00:00', NULL, NULL);
CREATE TABLE index_followers (
    name VARCHAR(128) NOT NULL, 
    current VARCHAR(128) NOT NULL, 
    beside VARCHAR(128), 
    fault TEXT, 
    seen_at VARCHAR(32) NOT NULL, 
    CONSTRAINT pk_index_followers PRIMARY KEY (name)
);
INSERT INTO index_followers (name, current, beside, fault, seen_at) VALUES ('app-1-0a1b2c3d', 'multilingual-e5-small-q4', 'all-minilm-l6-v2', 'a model file is missing', '2026-03-02T08:00:00.000+00:00');
CREATE TABLE indexes (
    model VARCHAR(128) NOT NULL, 
    state VARCHAR(16) NOT NULL, 
    identity TEXT NOT NULL, 
    wish JSON NOT NULL, 
    done INTEGER NOT NULL, 
    total INTEGER NOT NULL, 
    report JSON, 
    message TEXT, 
    worker TEXT, 
    heartbeat_at VARCHAR(32), 
    ordered_at VARCHAR(32) NOT NULL, 
    started_at VARCHAR(32), 
    switched_at VARCHAR(32), 
    CONSTRAINT pk_indexes PRIMARY KEY (model)
);
INSERT INTO indexes (model, state, identity, wish, done, total, report, message, worker, heartbeat_at, ordered_at, started_at, switched_at) VALUES ('multilingual-e5-small-q4', 'current', 'multilingual-e5-small-q4@571fc98+level0.8-1a2b', '{"questions": [], "margin": 0.02, "accept": true}', 3, 3, NULL, NULL, NULL, NULL, '2026-03-02T08:00:00.000+00:00', '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00');
INSERT INTO indexes (model, state, identity, wish, done, total, report, message, worker, heartbeat_at, ordered_at, started_at, switched_at) VALUES ('all-minilm-l6-v2', 'kept', 'all-minilm-l6-v2@53aa511+level0.8-1a2b', '{"questions": [], "margin": 0.02, "accept": true}', 3, 3, NULL, NULL, NULL, NULL, '2026-03-02T08:00:00.000+00:00', '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00');
CREATE TABLE retention_runs (
    store VARCHAR(32) NOT NULL, 
    tried_at VARCHAR(32) NOT NULL, 
    done_at VARCHAR(32), 
    dropped INTEGER NOT NULL, 
    failure VARCHAR(64), 
    CONSTRAINT pk_retention_runs PRIMARY KEY (store)
);
INSERT INTO retention_runs (store, tried_at, done_at, dropped, failure) VALUES ('chat', '2026-03-02T09:30:00.000+00:00', '2026-03-02T09:30:00.000+00:00', 2, NULL);
CREATE TABLE users (
    id VARCHAR(128) NOT NULL, 
    name TEXT NOT NULL, 
    title TEXT NOT NULL, 
    role VARCHAR(16) NOT NULL, 
    password_hash TEXT NOT NULL, 
    is_disabled BOOLEAN NOT NULL, 
    issuer TEXT, 
    subject TEXT, 
    signed_in_at VARCHAR(32), 
    restricted_at VARCHAR(32), 
    created_at VARCHAR(32), 
    CONSTRAINT pk_users PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_users_issuer_subject ON users (issuer, subject);
INSERT INTO users (id, name, title, role, password_hash, is_disabled, issuer, subject, signed_in_at, restricted_at, created_at) VALUES ('anna', 'Anna', '', 'employee', '$argon2id$v=19$m=65536,t=3,p=4$C3eZp7+MeUAQ1bL76DO/zA$rWHlgzkmnJ1anyxBtOWtR6nd08bcJyEtybYlrSNV4Ok', false, NULL, NULL, NULL, NULL, NULL);
INSERT INTO users (id, name, title, role, password_hash, is_disabled, issuer, subject, signed_in_at, restricted_at, created_at) VALUES ('root', 'Root', '', 'admin', '$argon2id$v=19$m=65536,t=3,p=4$C3eZp7+MeUAQ1bL76DO/zA$rWHlgzkmnJ1anyxBtOWtR6nd08bcJyEtybYlrSNV4Ok', false, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE api_keys (
    id VARCHAR(36) NOT NULL, 
    user_id VARCHAR(128) NOT NULL, 
    name TEXT NOT NULL, 
    key_sha256 VARCHAR(64) NOT NULL, 
    scopes JSON NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    seen_at VARCHAR(32), 
    expires_at VARCHAR(32) NOT NULL, 
    CONSTRAINT pk_api_keys PRIMARY KEY (id), 
    CONSTRAINT fk_api_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
    CONSTRAINT uq_api_keys_key_sha256 UNIQUE NULLS DISTINCT (key_sha256)
);
CREATE INDEX ix_api_keys_user_id ON api_keys (user_id);
INSERT INTO api_keys (id, user_id, name, key_sha256, scopes, created_at, seen_at, expires_at) VALUES ('key', 'anna', 'bot', 'a37a655f48f2d4086f673f96f00d018463f749d473a68a1d61730f1cb42e4255', '["ask"]', '2026-03-02T08:00:00.000+00:00', NULL, '2999-12-31T00:00:00.000+00:00');
CREATE TABLE break_glass (
    id VARCHAR(36) NOT NULL, 
    person VARCHAR(128) NOT NULL, 
    reason TEXT NOT NULL, 
    hours INTEGER NOT NULL, 
    requested_by VARCHAR(128) NOT NULL, 
    requested_at VARCHAR(32) NOT NULL, 
    approved_by VARCHAR(128), 
    approved_at VARCHAR(32), 
    expires_at VARCHAR(32), 
    ended_at VARCHAR(32), 
    reads INTEGER NOT NULL, 
    CONSTRAINT pk_break_glass PRIMARY KEY (id), 
    CONSTRAINT fk_break_glass_person FOREIGN KEY(person) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_break_glass_person ON break_glass (person);
INSERT INTO break_glass (id, person, reason, hours, requested_by, requested_at, approved_by, approved_at, expires_at, ended_at, reads) VALUES ('glass', 'anna', 'a leak is looked into', 4, 'root', '2026-03-02T08:00:00.000+00:00', 'vera', '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', NULL, 1);
CREATE TABLE conversations (
    id VARCHAR(36) NOT NULL, 
    user_id VARCHAR(128) NOT NULL, 
    title TEXT NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    updated_at VARCHAR(32) NOT NULL, 
    CONSTRAINT pk_conversations PRIMARY KEY (id), 
    CONSTRAINT fk_conversations_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_conversations_user_id_updated_at ON conversations (user_id, updated_at);
INSERT INTO conversations (id, user_id, title, created_at, updated_at) VALUES ('talk', 'anna', 'Leave', '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00');
CREATE TABLE documents (
    id VARCHAR(36) NOT NULL, 
    collection_id VARCHAR(64) NOT NULL, 
    source TEXT NOT NULL, 
    key TEXT NOT NULL, 
    file_name TEXT NOT NULL, 
    title TEXT NOT NULL, 
    media_type VARCHAR(128) NOT NULL, 
    state VARCHAR(16) NOT NULL, 
    visible_version_id VARCHAR(36), 
    reason TEXT, 
    remedy TEXT, 
    failed_sha256 VARCHAR(64), 
    created_at VARCHAR(32) NOT NULL, 
    updated_at VARCHAR(32) NOT NULL, 
    parent_id VARCHAR(36), 
    signature TEXT, 
    worker TEXT, 
    leased_until VARCHAR(32), 
    expires_at VARCHAR(32), 
    restricted_at VARCHAR(32), 
    cleared_sha256 VARCHAR(64), 
    CONSTRAINT pk_documents PRIMARY KEY (id), 
    CONSTRAINT fk_documents_collection_id FOREIGN KEY(collection_id) REFERENCES collections (id), 
    CONSTRAINT uq_documents_collection_id_source_key UNIQUE NULLS DISTINCT (collection_id, source, key)
);
CREATE INDEX ix_documents_parent_id ON documents (parent_id);
CREATE INDEX ix_documents_state ON documents (state);
INSERT INTO documents (id, collection_id, source, key, file_name, title, media_type, state, visible_version_id, reason, remedy, failed_sha256, created_at, updated_at, parent_id, signature, worker, leased_until, expires_at, restricted_at, cleared_sha256) VALUES ('00000000-0000-4000-8000-0000000000d1', 'handbook', 'folder:/srv/handbook', 'leave.md', 'leave.md', 'Leave', 'text/markdown', 'visible', '00000000-0000-4000-8000-0000000000e1', NULL, NULL, NULL, '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', NULL, '1700000000-75', NULL, NULL, NULL, NULL, NULL);
INSERT INTO documents (id, collection_id, source, key, file_name, title, media_type, state, visible_version_id, reason, remedy, failed_sha256, created_at, updated_at, parent_id, signature, worker, leased_until, expires_at, restricted_at, cleared_sha256) VALUES ('00000000-0000-4000-8000-0000000000d2', 'handbook', 'folder:/srv/handbook', 'mail.eml', 'mail.eml', 'Rules', 'text/markdown', 'visible', '00000000-0000-4000-8000-0000000000e2', NULL, NULL, NULL, '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', NULL, '1700000000-75', NULL, NULL, NULL, NULL, NULL);
INSERT INTO documents (id, collection_id, source, key, file_name, title, media_type, state, visible_version_id, reason, remedy, failed_sha256, created_at, updated_at, parent_id, signature, worker, leased_until, expires_at, restricted_at, cleared_sha256) VALUES ('00000000-0000-4000-8000-0000000000d4', 'handbook', 'folder:/srv/handbook', 'bad.pdf', 'bad.pdf', 'bad.pdf', 'text/markdown', 'quarantined', NULL, '''bad.pdf'' is damaged', 'bring a whole copy', '0000000000000000000000000000000000000000000000000000000000000000', '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', NULL, '1700000000-75', NULL, NULL, NULL, NULL, NULL);
INSERT INTO documents (id, collection_id, source, key, file_name, title, media_type, state, visible_version_id, reason, remedy, failed_sha256, created_at, updated_at, parent_id, signature, worker, leased_until, expires_at, restricted_at, cleared_sha256) VALUES ('00000000-0000-4000-8000-0000000000d3', 'handbook', 'folder:/srv/handbook', 'mail.emlac1acfc390d62516.1-conges.txt', 'conges.txt', 'Congés', 'text/markdown', 'visible', '00000000-0000-4000-8000-0000000000e3', NULL, NULL, NULL, '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', '00000000-0000-4000-8000-0000000000d2', '1700000000-75', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE jobs (
    id VARCHAR(36) NOT NULL, 
    kind VARCHAR(16) NOT NULL, 
    collection_id VARCHAR(64) NOT NULL, 
    state VARCHAR(16) NOT NULL, 
    created_by TEXT NOT NULL, 
    vanished BOOLEAN NOT NULL, 
    source TEXT NOT NULL, 
    worker TEXT, 
    heartbeat_at VARCHAR(32), 
    message TEXT, 
    created_at VARCHAR(32) NOT NULL, 
    finished_at VARCHAR(32), 
    started_at VARCHAR(32), 
    CONSTRAINT pk_jobs PRIMARY KEY (id), 
    CONSTRAINT fk_jobs_collection_id FOREIGN KEY(collection_id) REFERENCES collections (id)
);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE UNIQUE INDEX ux_jobs_open_sync ON jobs (source, collection_id) WHERE (((kind)::text = 'sync'::text) AND ((state)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying])::text[])));
INSERT INTO jobs (id, kind, collection_id, state, created_by, vanished, source, worker, heartbeat_at, message, created_at, finished_at, started_at) VALUES ('job', 'sync', 'handbook', 'done', 'root', true, 'folder:/srv/handbook', 'api-1', '2026-03-02T09:30:00.000+00:00', NULL, '2026-03-02T08:00:00.000+00:00', '2026-03-02T09:30:00.000+00:00', '2026-03-02T08:00:00.000+00:00');
CREATE TABLE memberships (
    user_id VARCHAR(128) NOT NULL, 
    group_name VARCHAR(128) NOT NULL, 
    CONSTRAINT pk_memberships PRIMARY KEY (user_id, group_name), 
    CONSTRAINT fk_memberships_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO memberships (user_id, group_name) VALUES ('anna', 'hr');
CREATE TABLE sessions (
    token_sha256 VARCHAR(64) NOT NULL, 
    user_id VARCHAR(128) NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    expires_at VARCHAR(32) NOT NULL, 
    seen_at VARCHAR(32) DEFAULT ''::character varying NOT NULL, 
    ended_at VARCHAR(32), 
    id_token_sha256 VARCHAR(64), 
    proven_at VARCHAR(32), 
    CONSTRAINT pk_sessions PRIMARY KEY (token_sha256), 
    CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_sessions_id_token_sha256 ON sessions (id_token_sha256);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
INSERT INTO sessions (token_sha256, user_id, created_at, expires_at, seen_at, ended_at, id_token_sha256, proven_at) VALUES ('3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0', 'anna', '2026-03-02T08:00:00.000+00:00', '2999-12-31T00:00:00.000+00:00', '2026-03-02T08:00:00.000+00:00', NULL, NULL, NULL);
CREATE TABLE document_readers (
    document_id VARCHAR(36) NOT NULL, 
    principal VARCHAR(255) NOT NULL, 
    CONSTRAINT pk_document_readers PRIMARY KEY (document_id, principal), 
    CONSTRAINT fk_document_readers_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE INDEX ix_document_readers_principal ON document_readers (principal);
INSERT INTO document_readers (document_id, principal) VALUES ('00000000-0000-4000-8000-0000000000d1', 'everyone');
INSERT INTO document_readers (document_id, principal) VALUES ('00000000-0000-4000-8000-0000000000d2', 'group:hr');
INSERT INTO document_readers (document_id, principal) VALUES ('00000000-0000-4000-8000-0000000000d2', 'user:root');
INSERT INTO document_readers (document_id, principal) VALUES ('00000000-0000-4000-8000-0000000000d4', 'everyone');
INSERT INTO document_readers (document_id, principal) VALUES ('00000000-0000-4000-8000-0000000000d3', 'everyone');
CREATE TABLE job_items (
    job_id VARCHAR(36) NOT NULL, 
    key TEXT NOT NULL, 
    path TEXT NOT NULL, 
    file_name TEXT NOT NULL, 
    readers JSON, 
    state VARCHAR(16) NOT NULL, 
    is_unchanged BOOLEAN NOT NULL, 
    reason TEXT, 
    remedy TEXT, 
    size_bytes INTEGER, 
    signature TEXT, 
    pages INTEGER, 
    attempts INTEGER DEFAULT 0 NOT NULL, 
    origin VARCHAR(16) DEFAULT 'listed'::character varying NOT NULL, 
    parent_id VARCHAR(36), 
    depth INTEGER DEFAULT 0 NOT NULL, 
    CONSTRAINT pk_job_items PRIMARY KEY (job_id, key), 
    CONSTRAINT fk_job_items_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO job_items (job_id, key, path, file_name, readers, state, is_unchanged, reason, remedy, size_bytes, signature, pages, attempts, origin, parent_id, depth) VALUES ('job', 'leave.md', '/srv/handbook/leave.md', 'leave.md', NULL, 'visible', false, NULL, NULL, 75, '1700000000-75', 1, 1, 'listed', NULL, 0);
INSERT INTO job_items (job_id, key, path, file_name, readers, state, is_unchanged, reason, remedy, size_bytes, signature, pages, attempts, origin, parent_id, depth) VALUES ('job', 'mail.eml', '/srv/handbook/mail.eml', 'mail.eml', NULL, 'visible', false, NULL, NULL, 75, '1700000000-75', 1, 1, 'listed', NULL, 0);
INSERT INTO job_items (job_id, key, path, file_name, readers, state, is_unchanged, reason, remedy, size_bytes, signature, pages, attempts, origin, parent_id, depth) VALUES ('job', 'bad.pdf', '/srv/handbook/bad.pdf', 'bad.pdf', NULL, 'quarantined', false, '''bad.pdf'' is damaged', 'bring a whole copy', 75, '1700000000-75', 1, 1, 'listed', NULL, 0);
INSERT INTO job_items (job_id, key, path, file_name, readers, state, is_unchanged, reason, remedy, size_bytes, signature, pages, attempts, origin, parent_id, depth) VALUES ('job', 'mail.emlac1acfc390d62516.1-conges.txt', '/srv/handbook/conges.txt', 'conges.txt', NULL, 'visible', false, NULL, NULL, 75, '1700000000-75', 1, 1, 'listed', '00000000-0000-4000-8000-0000000000d2', 1);
CREATE TABLE messages (
    id VARCHAR(36) NOT NULL, 
    conversation_id VARCHAR(36) NOT NULL, 
    position INTEGER NOT NULL, 
    role VARCHAR(16) NOT NULL, 
    text TEXT NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    expired_at VARCHAR(32), 
    CONSTRAINT pk_messages PRIMARY KEY (id), 
    CONSTRAINT fk_messages_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE INDEX ix_messages_conversation_id_position ON messages (conversation_id, position);
CREATE INDEX ix_messages_created_at ON messages (created_at);
INSERT INTO messages (id, conversation_id, position, role, text, created_at, expired_at) VALUES ('question', 'talk', 1, 'user', 'How many days of leave?', '2026-03-02T08:00:00.000+00:00', NULL);
INSERT INTO messages (id, conversation_id, position, role, text, created_at, expired_at) VALUES ('reply', 'talk', 2, 'assistant', '30 days [1].', '2026-03-02T08:00:00.000+00:00', NULL);
CREATE TABLE versions (
    id VARCHAR(36) NOT NULL, 
    document_id VARCHAR(36) NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size_bytes INTEGER NOT NULL, 
    pages INTEGER, 
    parser TEXT NOT NULL, 
    embedder TEXT NOT NULL, 
    tables_found INTEGER NOT NULL, 
    timings_ms JSON NOT NULL, 
    dated VARCHAR(10) NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    ocr JSON DEFAULT '[]'::json NOT NULL, 
    findings JSON DEFAULT '[]'::json NOT NULL, 
    reviewed_at VARCHAR(32), 
    title_vector BYTEA, 
    personal JSON, 
    CONSTRAINT pk_versions PRIMARY KEY (id), 
    CONSTRAINT fk_versions_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE INDEX ix_versions_document_id ON versions (document_id);
INSERT INTO versions (id, document_id, sha256, size_bytes, pages, parser, embedder, tables_found, timings_ms, dated, created_at, ocr, findings, reviewed_at, title_vector, personal) VALUES ('00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000d1', '9d5ab9bba988d5bceaa71c1f9417e6a13ae7ba615f04579ebcad1a4cf353fc9c', 75, NULL, 'intramuros 1', 'multilingual-e5-small-q4@571fc98+level0.8-1a2b', 1, '{"parse": 12.5, "embed": 3.0}', '2026-03-01', '2026-03-02T08:00:00.000+00:00', '[{"page": 1, "confidence": 93.5}]', '[{"kind": "hidden text", "count": 2, "detail": ""}]', '2026-03-02T09:30:00.000+00:00', '\x000102030405060708090a0b0c0d0e0f', NULL);
INSERT INTO versions (id, document_id, sha256, size_bytes, pages, parser, embedder, tables_found, timings_ms, dated, created_at, ocr, findings, reviewed_at, title_vector, personal) VALUES ('00000000-0000-4000-8000-0000000000e2', '00000000-0000-4000-8000-0000000000d2', '276a7af856ac10ed42dc5ed5b2522a61a2cd97fc0e013e7fb05dd434a321b29f', 75, NULL, 'intramuros 1', 'multilingual-e5-small-q4@571fc98+level0.8-1a2b', 1, '{"parse": 12.5, "embed": 3.0}', '2026-03-01', '2026-03-02T08:00:00.000+00:00', '[{"page": 1, "confidence": 93.5}]', '[{"kind": "hidden text", "count": 2, "detail": ""}]', '2026-03-02T09:30:00.000+00:00', '\x000102030405060708090a0b0c0d0e0f', NULL);
INSERT INTO versions (id, document_id, sha256, size_bytes, pages, parser, embedder, tables_found, timings_ms, dated, created_at, ocr, findings, reviewed_at, title_vector, personal) VALUES ('00000000-0000-4000-8000-0000000000e3', '00000000-0000-4000-8000-0000000000d3', 'ac1acfc390d62516b9f1a6f4bde3a1a94dcf9f34f854f2bea1f41573dbb70b61', 75, NULL, 'intramuros 1', 'multilingual-e5-small-q4@571fc98+level0.8-1a2b', 1, '{"parse": 12.5, "embed": 3.0}', '2026-03-01', '2026-03-02T08:00:00.000+00:00', '[{"page": 1, "confidence": 93.5}]', '[{"kind": "hidden text", "count": 2, "detail": ""}]', '2026-03-02T09:30:00.000+00:00', '\x000102030405060708090a0b0c0d0e0f', NULL);
CREATE TABLE answers (
    id VARCHAR(36) NOT NULL, 
    message_id VARCHAR(36) NOT NULL, 
    outcome VARCHAR(24) NOT NULL, 
    sentences JSON NOT NULL, 
    language VARCHAR(8) NOT NULL, 
    model TEXT NOT NULL, 
    notice TEXT, 
    timings_ms JSON NOT NULL, 
    prompt_tokens INTEGER NOT NULL, 
    dropped JSON NOT NULL, 
    principals JSON NOT NULL, 
    collections JSON NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    asker VARCHAR(32), 
    question_id VARCHAR(36), 
    earlier_turns INTEGER, 
    only_documents JSON, 
    weights VARCHAR(64), 
    prompt_version VARCHAR(16), 
    temperature DOUBLE PRECISION, 
    max_tokens INTEGER, 
    completion_tokens INTEGER, 
    scope JSON, 
    CONSTRAINT pk_answers PRIMARY KEY (id), 
    CONSTRAINT fk_answers_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE INDEX ix_answers_message_id ON answers (message_id);
INSERT INTO answers (id, message_id, outcome, sentences, language, model, notice, timings_ms, prompt_tokens, dropped, principals, collections, created_at, asker, question_id, earlier_turns, only_documents, weights, prompt_version, temperature, max_tokens, completion_tokens, scope) VALUES ('answer', 'reply', 'answered', '[{"text": "30 days.", "citations": [1], "verdict": "supported"}]', 'en', 'mixtral', NULL, '{"total": 1200.5}', 900, '["passage 2"]', '["everyone", "group:hr", "user:anna"]', '["handbook"]', '2026-03-02T09:30:00.000+00:00', '0123456789abcdef0123456789abcdef', 'question', 0, NULL, 'abc', '3', 0.0, 300, 40, '["handbook"]');
CREATE TABLE chunks (
    id VARCHAR(36) NOT NULL, 
    version_id VARCHAR(36) NOT NULL, 
    position INTEGER NOT NULL, 
    text TEXT NOT NULL, 
    heading_path JSON NOT NULL, 
    language VARCHAR(8) NOT NULL, 
    page INTEGER, 
    boxes JSON NOT NULL, 
    tokens INTEGER NOT NULL, 
    section INTEGER DEFAULT 0 NOT NULL, 
    cells VARCHAR(32), 
    digest VARCHAR(64) DEFAULT ''::character varying NOT NULL, 
    personal JSON, 
    CONSTRAINT pk_chunks PRIMARY KEY (id), 
    CONSTRAINT fk_chunks_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE, 
    CONSTRAINT uq_chunks_version_id_position UNIQUE NULLS DISTINCT (version_id, position)
);
CREATE INDEX ix_chunks_digest ON chunks (digest);
INSERT INTO chunks (id, version_id, position, text, heading_path, language, page, boxes, tokens, section, cells, digest, personal) VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000e1', 0, 'Every employee has 30 days of annual leave, says the handbook’s first page.', '["Holidays", "Who & how long"]', 'en', 1, '[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]', 20, 0, NULL, '9d5ab9bba988d5bceaa71c1f9417e6a13ae7ba615f04579ebcad1a4cf353fc9c', NULL);
INSERT INTO chunks (id, version_id, position, text, heading_path, language, page, boxes, tokens, section, cells, digest, personal) VALUES ('00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-0000000000e1', 1, '| Ort | Tage |
| --- | --- |
| Zürich | 25 |', '["Holidays", "Who & how long"]', 'en', 1, '[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]', 20, 0, 'A1:B2', '68fa30496a9628f6329c18b896caef2ecc6cd5665fe536bfd871ce33074dfd19', NULL);
INSERT INTO chunks (id, version_id, position, text, heading_path, language, page, boxes, tokens, section, cells, digest, personal) VALUES ('00000000-0000-4000-8000-0000000000c3', '00000000-0000-4000-8000-0000000000e2', 0, 'Please find the new rules attached.', '["Holidays", "Who & how long"]', 'en', 1, '[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]', 20, 0, NULL, '276a7af856ac10ed42dc5ed5b2522a61a2cd97fc0e013e7fb05dd434a321b29f', NULL);
INSERT INTO chunks (id, version_id, position, text, heading_path, language, page, boxes, tokens, section, cells, digest, personal) VALUES ('00000000-0000-4000-8000-0000000000c4', '00000000-0000-4000-8000-0000000000e3', 0, 'Les congés payés s’acquièrent chaque mois.', '["Holidays", "Who & how long"]', 'en', 1, '[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]', 20, 0, NULL, 'ac1acfc390d62516b9f1a6f4bde3a1a94dcf9f34f854f2bea1f41573dbb70b61', NULL);
CREATE TABLE title_vectors (
    version_id VARCHAR(36) NOT NULL, 
    embedder VARCHAR(255) NOT NULL, 
    vector BYTEA NOT NULL, 
    CONSTRAINT pk_title_vectors PRIMARY KEY (version_id, embedder), 
    CONSTRAINT fk_title_vectors_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE
);
INSERT INTO title_vectors (version_id, embedder, vector) VALUES ('00000000-0000-4000-8000-0000000000e1', 'all-minilm-l6-v2@53aa511+level0.8-1a2b', '\x0001020304050607');
CREATE TABLE answer_passages (
    answer_id VARCHAR(36) NOT NULL, 
    number INTEGER NOT NULL, 
    chunk_id VARCHAR(36) NOT NULL, 
    document_id VARCHAR(36) NOT NULL, 
    version_id VARCHAR(36) NOT NULL, 
    sha256 VARCHAR(64), 
    answered_at VARCHAR(32) DEFAULT ''::character varying NOT NULL, 
    CONSTRAINT pk_answer_passages PRIMARY KEY (answer_id, number), 
    CONSTRAINT fk_answer_passages_answer_id FOREIGN KEY(answer_id) REFERENCES answers (id) ON DELETE CASCADE
);
CREATE INDEX ix_answer_passages_chunk_id ON answer_passages (chunk_id);
CREATE INDEX ix_answer_passages_document_id_answered_at_answer_id ON answer_passages (document_id, answered_at, answer_id);
INSERT INTO answer_passages (answer_id, number, chunk_id, document_id, version_id, sha256, answered_at) VALUES ('answer', 1, '00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000e1', '9d5ab9bba988d5bceaa71c1f9417e6a13ae7ba615f04579ebcad1a4cf353fc9c', '2026-03-02T09:30:00.000+00:00');
CREATE TABLE feedback (
    answer_id VARCHAR(36) NOT NULL, 
    value VARCHAR(8) NOT NULL, 
    reason TEXT NOT NULL, 
    created_at VARCHAR(32) NOT NULL, 
    kinds JSON DEFAULT '[]'::json NOT NULL, 
    has_question BOOLEAN DEFAULT false NOT NULL, 
    CONSTRAINT pk_feedback PRIMARY KEY (answer_id), 
    CONSTRAINT fk_feedback_answer_id FOREIGN KEY(answer_id) REFERENCES answers (id) ON DELETE CASCADE
);
INSERT INTO feedback (answer_id, value, reason, created_at, kinds, has_question) VALUES ('answer', 'down', 'it is 31', '2026-03-02T09:30:00.000+00:00', '["wrong"]', true);
