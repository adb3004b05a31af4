-- From version 5 to 6: backfills, and deliveries that others go before.
ALTER TABLE message ADD COLUMN backfill INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN low INTEGER NOT NULL DEFAULT 0;
CREATE TABLE backfill (
  id INTEGER PRIMARY KEY, system TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, rate REAL NOT NULL,
  actor TEXT NOT NULL, state TEXT NOT NULL, cursor TEXT NOT NULL, read INTEGER NOT NULL, skipped INTEGER NOT NULL,
  refused INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX backfill_running ON backfill (state, system) WHERE state = 'running';
CREATE INDEX message_backfill ON message (backfill, state) WHERE backfill > 0;
