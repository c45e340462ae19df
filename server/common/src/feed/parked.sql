CREATE TABLE parked_events (
  source TEXT NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT NOT NULL,                         -- empty if the log of the source holds no valid id
  subject TEXT NOT NULL,
  object_id TEXT NOT NULL,                        -- empty if the log of the source holds no valid id
  reason TEXT NOT NULL,                           -- why the event could not be handled
  at INTEGER NOT NULL,                            -- the time of parking
  PRIMARY KEY (source, position)
) STRICT;
