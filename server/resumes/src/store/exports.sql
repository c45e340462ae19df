CREATE TABLE exports (
  user_id BLOB PRIMARY KEY,
  at INTEGER NOT NULL                             -- when an export of their own resumes was last recorded
) STRICT, WITHOUT ROWID;
