-- Addresses as identities: the canonical form, the form that is equal for those that look alike, and
-- whether it shows ASCII characters alone. NULL until `addresses.rs` has computed them. No index is
-- unique: addresses that resemble each other, and were stored before that was rejected, stay.
ALTER TABLE users ADD COLUMN email_canonical TEXT;
ALTER TABLE users ADD COLUMN email_skeleton TEXT;
ALTER TABLE users ADD COLUMN email_is_ascii INTEGER;
CREATE INDEX users_email_canonical ON users (email_canonical);
CREATE INDEX users_email_skeleton ON users (email_skeleton, email_is_ascii, email_canonical) WHERE deleted_at IS NULL;
CREATE INDEX users_without_address ON users (id) WHERE email_canonical IS NULL;
