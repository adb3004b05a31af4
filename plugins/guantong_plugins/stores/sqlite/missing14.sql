-- What a file of version 14 lacks, for a reader that must not alter it: nothing was ever sealed there.
CREATE TEMP TABLE tree (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, reached INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TEMP TABLE tile (
  level INTEGER NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hashes BLOB NOT NULL,
  entries BLOB NOT NULL, salts BLOB NOT NULL, raws BLOB NOT NULL, PRIMARY KEY (level, number)
);
-- What binds us to records and to what was sent, with the salts that go with them.
CREATE TEMP TABLE commitment (
  kind TEXT NOT NULL, "of" INTEGER NOT NULL, entry INTEGER NOT NULL, mark BLOB NOT NULL, salt BLOB NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (kind, "of")
);
CREATE TEMP TABLE checkpoint (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL);
