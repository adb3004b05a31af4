-- From version 6 to 7: which messages need which blobs. Programs that had blobs gave this table to files of any version
-- they opened: it may be there, with what it holds.
CREATE TABLE IF NOT EXISTS blob_ref (
  blob TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (blob, message)
) STRICT, WITHOUT ROWID;
