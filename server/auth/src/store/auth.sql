CREATE TABLE credentials (
  user_id BLOB PRIMARY KEY,
  phc TEXT NOT NULL,
  confirmed INTEGER NOT NULL DEFAULT 0,           -- whether the person is known to exist
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
  id BLOB PRIMARY KEY,
  user_id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  client TEXT NOT NULL,
  address TEXT NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT                             -- logout, reuse, admin, password, user_disabled, user_deleted
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE TABLE refresh_tokens (
  hash BLOB PRIMARY KEY,
  session_id BLOB NOT NULL REFERENCES sessions (id),
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  spent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  private_key BLOB NOT NULL,
  public_key BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;
