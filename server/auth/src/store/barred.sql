CREATE TABLE barred (
  user_id BLOB PRIMARY KEY,
  version INTEGER NOT NULL                        -- the person's, when their logins were ended last
) STRICT, WITHOUT ROWID;
