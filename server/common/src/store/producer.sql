CREATE TABLE event_log (
  position INTEGER PRIMARY KEY AUTOINCREMENT,   -- one writer, so position order is commit order
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
  position INTEGER NOT NULL,                    -- everything up to it has taken effect there
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE idempotency (
  principal BLOB NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  answer BLOB NOT NULL,                         -- encoded answer of the RPC
  at INTEGER NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
