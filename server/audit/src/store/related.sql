-- Entries by the person whom they are about beside their object: those about a session, by whose it is.
CREATE TABLE related (
  person_id BLOB NOT NULL,
  sequence INTEGER NOT NULL REFERENCES entries (sequence),
  PRIMARY KEY (person_id, sequence)
) STRICT, WITHOUT ROWID;
