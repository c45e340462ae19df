CREATE TABLE feed_positions (
  source TEXT PRIMARY KEY,
  position INTEGER NOT NULL                       -- the last event that was handled here
) STRICT;
