CREATE TABLE resumes (
  id BLOB PRIMARY KEY,
  owner_id BLOB NOT NULL,
  title TEXT NOT NULL,
  title_key TEXT NOT NULL,
  tags TEXT NOT NULL,                             -- sorted JSON array
  revision INTEGER NOT NULL,
  document_revision INTEGER NOT NULL,             -- the revision that introduced the current document
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  deletion_event BLOB                             -- the event of the owner's deletion, if that deleted it
) STRICT, WITHOUT ROWID;
CREATE INDEX resumes_created_at ON resumes (created_at, id);
CREATE INDEX resumes_updated_at ON resumes (updated_at, id);
CREATE INDEX resumes_title ON resumes (title_key, id);
CREATE INDEX resumes_owner ON resumes (owner_id, created_at, id);
CREATE TABLE resume_tags (
  tag TEXT NOT NULL,
  resume_id BLOB NOT NULL REFERENCES resumes (id),
  PRIMARY KEY (tag, resume_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resume_tags_resume ON resume_tags (resume_id);
CREATE TABLE documents (                          -- one row per distinct document of a resume
  resume_id BLOB NOT NULL,
  revision INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (resume_id, revision)
) STRICT;
CREATE TABLE revisions (                          -- never updated; removed only by a purge
  resume_id BLOB NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  document_revision INTEGER NOT NULL,
  title TEXT NOT NULL,
  tags TEXT NOT NULL,
  author_id BLOB,                                 -- NULL: the system
  at INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (resume_id, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE owners (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  deletion_event BLOB
) STRICT, WITHOUT ROWID;
