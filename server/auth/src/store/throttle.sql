-- The key of the hashes in `throttles`: without it, the tried e-mails and their networks cannot be found out.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO secrets (name, value) VALUES ('throttle', randomblob(32));
CREATE TABLE throttles (
  kind INTEGER NOT NULL,                          -- throttle::Kind
  key BLOB NOT NULL,
  full_at INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_full ON throttles (full_at);
CREATE TABLE devices (
  hash BLOB PRIMARY KEY,                          -- SHA-256 of the device token
  user_id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  full_at INTEGER NOT NULL DEFAULT 0,
  failed_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_user ON devices (user_id);
CREATE TABLE unlocks (
  key BLOB PRIMARY KEY,                           -- as in throttles, of an account
  created_at INTEGER NOT NULL,
  attempts_left INTEGER NOT NULL,
  address TEXT NOT NULL                           -- the only client that it is for; empty: any
) STRICT, WITHOUT ROWID;
