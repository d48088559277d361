BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE answer_passages (
	answer_id VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	chunk_id VARCHAR(36) NOT NULL, 
	document_id VARCHAR(36) NOT NULL, 
	version_id VARCHAR(36) NOT NULL, 
	CONSTRAINT pk_answer_passages PRIMARY KEY (answer_id, number), 
	CONSTRAINT fk_answer_passages_answer_id FOREIGN KEY(answer_id) REFERENCES answers (id) ON DELETE CASCADE
);
INSERT INTO "answer_passages" VALUES('answer',1,'00000000-0000-4000-8000-0000000000c1','00000000-0000-4000-8000-0000000000d1','00000000-0000-4000-8000-0000000000e1');
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
	CONSTRAINT pk_answers PRIMARY KEY (id), 
	CONSTRAINT fk_answers_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
INSERT INTO "answers" VALUES('answer','reply','answered','[{"text": "30 days.", "citations": [1], "verdict": "supported"}]','en','mixtral',NULL,'{"total": 1200.5}',900,'["passage 2"]','["everyone", "group:hr", "user:anna"]','["handbook"]','2026-03-02T09:30:00.000+00:00');
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
	CONSTRAINT pk_chunks PRIMARY KEY (id), 
	CONSTRAINT fk_chunks_version_id FOREIGN KEY(version_id) REFERENCES versions (id) ON DELETE CASCADE, 
	CONSTRAINT uq_chunks_version_id_position UNIQUE (version_id, position)
);
INSERT INTO "chunks" VALUES('00000000-0000-4000-8000-0000000000c1','00000000-0000-4000-8000-0000000000e1',0,'Every employee has 30 days of annual leave, says the handbook’s first page.','["Holidays", "Who & how long"]','en',1,'[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]',20);
INSERT INTO "chunks" VALUES('00000000-0000-4000-8000-0000000000c2','00000000-0000-4000-8000-0000000000e1',1,'| Ort | Tage |
| --- | --- |
| Zürich | 25 |','["Holidays", "Who & how long"]','en',1,'[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]',20);
INSERT INTO "chunks" VALUES('00000000-0000-4000-8000-0000000000c3','00000000-0000-4000-8000-0000000000e2',0,'Please find the new rules attached.','["Holidays", "Who & how long"]','en',1,'[{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}]',20);
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
	CONSTRAINT pk_collections PRIMARY KEY (id)
);
INSERT INTO "collections" VALUES('handbook','Handbook','HR','inform employees','Art. 6(1)(f) GDPR',365,'internal','["everyone"]','2026-03-02T08:00:00.000+00:00');
CREATE TABLE conversations (
	id VARCHAR(36) NOT NULL, 
	user_id VARCHAR(128) NOT NULL, 
	title TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_conversations PRIMARY KEY (id), 
	CONSTRAINT fk_conversations_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "conversations" VALUES('talk','anna','Leave','2026-03-02T08:00:00.000+00:00','2026-03-02T09:30:00.000+00:00');
CREATE TABLE document_readers (
	document_id VARCHAR(36) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_document_readers PRIMARY KEY (document_id, principal), 
	CONSTRAINT fk_document_readers_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);
INSERT INTO "document_readers" VALUES('00000000-0000-4000-8000-0000000000d1','everyone');
INSERT INTO "document_readers" VALUES('00000000-0000-4000-8000-0000000000d2','group:hr');
INSERT INTO "document_readers" VALUES('00000000-0000-4000-8000-0000000000d2','user:root');
INSERT INTO "document_readers" VALUES('00000000-0000-4000-8000-0000000000d4','everyone');
CREATE TABLE documents (
	id VARCHAR(36) NOT NULL, 
	collection_id VARCHAR(64) NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	file_name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	media_type VARCHAR(128) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	visible_version_id VARCHAR(36), 
	reason TEXT, 
	remedy TEXT, 
	attempts INTEGER NOT NULL, 
	failed_sha256 VARCHAR(64), 
	created_at VARCHAR(32) NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_documents PRIMARY KEY (id), 
	CONSTRAINT fk_documents_collection_id FOREIGN KEY(collection_id) REFERENCES collections (id), 
	CONSTRAINT uq_documents_collection_id_source_key UNIQUE (collection_id, source, "key")
);
INSERT INTO "documents" VALUES('00000000-0000-4000-8000-0000000000d1','handbook','folder:/srv/handbook','leave.md','leave.md','Leave','text/markdown','visible','00000000-0000-4000-8000-0000000000e1',NULL,NULL,1,NULL,'2026-03-02T08:00:00.000+00:00','2026-03-02T09:30:00.000+00:00');
INSERT INTO "documents" VALUES('00000000-0000-4000-8000-0000000000d2','handbook','folder:/srv/handbook','mail.eml','mail.eml','Rules','text/markdown','visible','00000000-0000-4000-8000-0000000000e2',NULL,NULL,1,NULL,'2026-03-02T08:00:00.000+00:00','2026-03-02T09:30:00.000+00:00');
INSERT INTO "documents" VALUES('00000000-0000-4000-8000-0000000000d4','handbook','folder:/srv/handbook','bad.pdf','bad.pdf','bad.pdf','text/markdown','quarantined',NULL,'''bad.pdf'' is damaged','bring a whole copy',1,'0000000000000000000000000000000000000000000000000000000000000000','2026-03-02T08:00:00.000+00:00','2026-03-02T09:30:00.000+00:00');
CREATE TABLE feedback (
	answer_id VARCHAR(36) NOT NULL, 
	value VARCHAR(8) NOT NULL, 
	reason TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY (answer_id), 
	CONSTRAINT fk_feedback_answer_id FOREIGN KEY(answer_id) REFERENCES answers (id) ON DELETE CASCADE
);
INSERT INTO "feedback" VALUES('answer','down','it is 31','2026-03-02T09:30:00.000+00:00');
CREATE TABLE job_items (
	job_id VARCHAR(36) NOT NULL, 
	"key" TEXT NOT NULL, 
	path TEXT NOT NULL, 
	file_name TEXT NOT NULL, 
	readers JSON, 
	state VARCHAR(16) NOT NULL, 
	is_unchanged BOOLEAN NOT NULL, 
	reason TEXT, 
	remedy TEXT, 
	CONSTRAINT pk_job_items PRIMARY KEY (job_id, "key"), 
	CONSTRAINT fk_job_items_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_items" VALUES('job','leave.md','/srv/handbook/leave.md','leave.md','null','visible',0,NULL,NULL);
INSERT INTO "job_items" VALUES('job','mail.eml','/srv/handbook/mail.eml','mail.eml','null','visible',0,NULL,NULL);
INSERT INTO "job_items" VALUES('job','bad.pdf','/srv/handbook/bad.pdf','bad.pdf','null','quarantined',0,'''bad.pdf'' is damaged','bring a whole copy');
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
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT fk_jobs_collection_id FOREIGN KEY(collection_id) REFERENCES collections (id)
);
INSERT INTO "jobs" VALUES('job','sync','handbook','done','root',1,'folder:/srv/handbook','api-1','2026-03-02T09:30:00.000+00:00',NULL,'2026-03-02T08:00:00.000+00:00','2026-03-02T09:30:00.000+00:00');
CREATE TABLE memberships (
	user_id VARCHAR(128) NOT NULL, 
	group_name VARCHAR(128) NOT NULL, 
	CONSTRAINT pk_memberships PRIMARY KEY (user_id, group_name), 
	CONSTRAINT fk_memberships_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "memberships" VALUES('anna','hr');
CREATE TABLE messages (
	id VARCHAR(36) NOT NULL, 
	conversation_id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	text TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_messages PRIMARY KEY (id), 
	CONSTRAINT fk_messages_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
INSERT INTO "messages" VALUES('question','talk',1,'user','How many days of leave?','2026-03-02T08:00:00.000+00:00');
INSERT INTO "messages" VALUES('reply','talk',2,'assistant','30 days [1].','2026-03-02T08:00:00.000+00:00');
CREATE TABLE sessions (
	token_sha256 VARCHAR(64) NOT NULL, 
	user_id VARCHAR(128) NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	expires_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (token_sha256), 
	CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "sessions" VALUES('3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0','anna','2026-03-02T08:00:00.000+00:00','2999-12-31T00:00:00.000+00:00');
CREATE TABLE users (
	id VARCHAR(128) NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	password_hash TEXT NOT NULL, 
	is_disabled BOOLEAN NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('anna','Anna','','employee','$argon2id$v=19$m=65536,t=3,p=4$C3eZp7+MeUAQ1bL76DO/zA$rWHlgzkmnJ1anyxBtOWtR6nd08bcJyEtybYlrSNV4Ok',0);
INSERT INTO "users" VALUES('root','Root','','admin','$argon2id$v=19$m=65536,t=3,p=4$C3eZp7+MeUAQ1bL76DO/zA$rWHlgzkmnJ1anyxBtOWtR6nd08bcJyEtybYlrSNV4Ok',0);
CREATE TABLE versions (
	id VARCHAR(36) NOT NULL, 
	document_id VARCHAR(36) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	pages INTEGER, 
	parser TEXT NOT NULL, 
	embedder TEXT NOT NULL, 
	ocr_pages JSON NOT NULL, 
	ocr_confidence FLOAT, 
	tables_found INTEGER NOT NULL, 
	timings_ms JSON NOT NULL, 
	dated VARCHAR(10) NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_versions PRIMARY KEY (id), 
	CONSTRAINT fk_versions_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);
INSERT INTO "versions" VALUES('00000000-0000-4000-8000-0000000000e1','00000000-0000-4000-8000-0000000000d1','9d5ab9bba988d5bceaa71c1f9417e6a13ae7ba615f04579ebcad1a4cf353fc9c',75,NULL,'intramuros 1','multilingual-e5-small-q4@571fc98+level0.8-1a2b','[1]',93.5,1,'{"parse": 12.5, "embed": 3.0}','2026-03-01','2026-03-02T08:00:00.000+00:00');
INSERT INTO "versions" VALUES('00000000-0000-4000-8000-0000000000e2','00000000-0000-4000-8000-0000000000d2','276a7af856ac10ed42dc5ed5b2522a61a2cd97fc0e013e7fb05dd434a321b29f',75,NULL,'intramuros 1','multilingual-e5-small-q4@571fc98+level0.8-1a2b','[1]',93.5,1,'{"parse": 12.5, "embed": 3.0}','2026-03-01','2026-03-02T08:00:00.000+00:00');
CREATE INDEX ix_conversations_user_id_updated_at ON conversations (user_id, updated_at);
CREATE INDEX ix_documents_state ON documents (state);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_document_readers_principal ON document_readers (principal);
CREATE INDEX ix_messages_conversation_id_position ON messages (conversation_id, position);
CREATE INDEX ix_versions_document_id ON versions (document_id);
CREATE INDEX ix_answers_message_id ON answers (message_id);
CREATE INDEX ix_answer_passages_chunk_id ON answer_passages (chunk_id);
CREATE INDEX ix_answer_passages_document_id ON answer_passages (document_id);
COMMIT;
