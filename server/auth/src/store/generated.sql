-- 0: chosen by a person; 1: generated, and must be changed; 2: was generated, and has been changed
ALTER TABLE credentials ADD COLUMN generated INTEGER NOT NULL DEFAULT 0;
