CREATE TABLE event_log (
  position INTEGER PRIMARY KEY AUTOINCREMENT,   -- one writer, so the order of positions is that of commits
  event_id BLOB NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  object_id BLOB NOT NULL,
  object_version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  context BLOB NOT NULL,                        -- encoded vitae.events.v1.Context
  payload BLOB NOT NULL                         -- encoded UserEvent, ResumeEvent or AuthEvent
) STRICT;
CREATE TABLE consumers (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL,                    -- the last event that the consumer has handled
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE idempotency (
  principal BLOB NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  answer BLOB NOT NULL,                         -- encoded response of the RPC
  at INTEGER NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
