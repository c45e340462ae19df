CREATE TABLE entries (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id BLOB NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BLOB,
  session_id BLOB,
  object_type TEXT NOT NULL,
  object_id BLOB NOT NULL,
  object_version INTEGER NOT NULL,
  request_id TEXT,
  client_address TEXT,
  user_agent TEXT,
  changes TEXT NOT NULL                           -- JSON [{field, before, after}]
) STRICT;
CREATE INDEX entries_object ON entries (object_id, sequence);
CREATE INDEX entries_actor ON entries (actor_id, sequence);
