-- Entries by a person who is not their object: entries of a session, by the person of the session.
CREATE TABLE related (
  person_id BLOB NOT NULL,
  sequence INTEGER NOT NULL REFERENCES entries (sequence),
  PRIMARY KEY (person_id, sequence)
) STRICT, WITHOUT ROWID;
