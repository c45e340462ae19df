-- The amount of stored data, by owner and in total, updated with every change; filled by one pass over the existing rows.
CREATE TABLE usage (
  owner_id BLOB PRIMARY KEY,                      -- x'': the total
  bytes INTEGER NOT NULL,                         -- of documents, titles, tags and reasons, of all revisions
  resumes INTEGER NOT NULL,
  revisions INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Counted row by row: GROUP BY would sort all rows in memory.
INSERT INTO usage SELECT owner_id, 0, 1, 0 FROM resumes WHERE true
  ON CONFLICT (owner_id) DO UPDATE SET resumes = resumes + 1;
INSERT INTO usage SELECT owner_id, octet_length(v.title) + octet_length(v.tags) + coalesce(octet_length(reason), 0), 0, 1
  FROM revisions v JOIN resumes r ON r.id = v.resume_id WHERE true
  ON CONFLICT (owner_id) DO UPDATE SET bytes = bytes + excluded.bytes, revisions = revisions + 1;
INSERT INTO usage SELECT owner_id, length(body), 0, 0
  FROM documents d JOIN resumes r ON r.id = d.resume_id WHERE true
  ON CONFLICT (owner_id) DO UPDATE SET bytes = bytes + excluded.bytes;
INSERT INTO usage SELECT x'', coalesce(sum(bytes), 0), coalesce(sum(resumes), 0), coalesce(sum(revisions), 0) FROM usage;
-- Purged resumes whose revisions and documents are still being removed.
CREATE TABLE purges (
  resume_id BLOB PRIMARY KEY,
  owner_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- The progress of event handlers that take several transactions: the last resume of the owner that was handled.
CREATE TABLE effects (
  event_id BLOB PRIMARY KEY,
  created_at INTEGER NOT NULL,
  resume_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
