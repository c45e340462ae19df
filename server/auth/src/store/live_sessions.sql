-- The live sessions of a person, least recently refreshed first.
CREATE INDEX sessions_live ON sessions (user_id, last_used_at, expires_at) WHERE revoked_at IS NULL;
