ALTER TABLE sessions ADD COLUMN device BLOB;   -- the hash in devices of the client that logged in; none in sessions of before
CREATE INDEX sessions_device ON sessions (device) WHERE device IS NOT NULL;
