-- Labels of people: lists read the column and search the table; both are written in one transaction.
ALTER TABLE users ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';  -- JSON object, sorted by key
CREATE TABLE user_labels (
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id),
  PRIMARY KEY (key, value, user_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX user_labels_user ON user_labels (user_id, key);
