-- From version 13 to 14: several processes may share the schema.
CREATE TABLE worker (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL,
  lines SMALLINT NOT NULL, keys TEXT NOT NULL, written BIGINT NOT NULL, started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL,
  gone_at BIGINT NOT NULL
);
CREATE TABLE duty (name TEXT PRIMARY KEY, worker BIGINT NOT NULL);
ALTER TABLE delivery ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_claimed ON delivery (claimed_by) WHERE claimed_by <> 0;
