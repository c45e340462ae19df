-- Addresses as identities: the canonical form, the skeleton (equal for addresses that look alike), and
-- whether all characters are ASCII. NULL until `addresses.rs` has computed them. No index is unique:
-- similar addresses that were stored before they were rejected stay.
ALTER TABLE users ADD COLUMN email_canonical TEXT;
ALTER TABLE users ADD COLUMN email_skeleton TEXT;
ALTER TABLE users ADD COLUMN email_is_ascii INTEGER;
CREATE INDEX users_email_canonical ON users (email_canonical);
CREATE INDEX users_email_skeleton ON users (email_skeleton, email_is_ascii, email_canonical) WHERE deleted_at IS NULL;
CREATE INDEX users_without_address ON users (id) WHERE email_canonical IS NULL;
