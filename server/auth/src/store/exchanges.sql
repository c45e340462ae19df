ALTER TABLE refresh_tokens ADD COLUMN exchange BLOB;   -- SHA-256 of the key of the exchange that spent it
ALTER TABLE refresh_tokens ADD COLUMN sealed BLOB;     -- the token that it bought, for who has that key; none once that is spent
CREATE INDEX refresh_tokens_sealed ON refresh_tokens (session_id) WHERE sealed IS NOT NULL;
