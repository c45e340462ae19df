CREATE TABLE feed_positions (
  source TEXT PRIMARY KEY,
  position INTEGER NOT NULL                       -- everything up to it has taken effect here
) STRICT;
