-- From version 14 to 15: the journal's proof. What the journal holds is sealed by the hub, a batch at a time.
CREATE TABLE tree (one SMALLINT PRIMARY KEY CHECK (one = 1), size BIGINT NOT NULL, reached BIGINT NOT NULL, hash {word} NOT NULL);
CREATE TABLE tile (
  level SMALLINT NOT NULL, number BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL, hashes BYTEA NOT NULL,
  entries BYTEA NOT NULL, salts BYTEA NOT NULL, raws BYTEA NOT NULL, PRIMARY KEY (level, number)
);
CREATE INDEX tile_last ON tile (last) WHERE level = 0;
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL, ALTER COLUMN salts SET STORAGE EXTERNAL;
-- What binds us to records and to what was sent, with the salts that go with them.
CREATE TABLE commitment (
  kind {word} NOT NULL, "of" BIGINT NOT NULL, entry BIGINT NOT NULL, mark BYTEA NOT NULL, salt BYTEA NOT NULL, value BYTEA NOT NULL,
  PRIMARY KEY (kind, "of")
);
CREATE TABLE checkpoint (size BIGINT PRIMARY KEY, at BIGINT NOT NULL, note TEXT NOT NULL);
