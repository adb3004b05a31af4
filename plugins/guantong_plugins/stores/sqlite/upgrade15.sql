-- From version 14 to 15: the journal's proof. What the journal holds is sealed by the hub, a batch at a time.
CREATE TABLE tree (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, reached INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE tile (
  level INTEGER NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hashes BLOB NOT NULL,
  entries BLOB NOT NULL, salts BLOB NOT NULL, raws BLOB NOT NULL, PRIMARY KEY (level, number)
) STRICT;
CREATE INDEX tile_last ON tile (last) WHERE level = 0;
-- What binds us to records and to what was sent, with the salts that go with them.
CREATE TABLE commitment (
  kind TEXT NOT NULL, "of" INTEGER NOT NULL, entry INTEGER NOT NULL, mark BLOB NOT NULL, salt BLOB NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (kind, "of")
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
