-- Ids of people in another system, such as HR's. NULL: none. The second index serves lists with deleted people.
ALTER TABLE users ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX users_external_id ON users (external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX users_external_id_any ON users (external_id) WHERE external_id IS NOT NULL;
