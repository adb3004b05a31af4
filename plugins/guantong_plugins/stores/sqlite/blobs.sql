-- Which messages need which blobs. Files made before there were blobs are given it when they are opened for writing.
CREATE TABLE IF NOT EXISTS blob_ref (
  blob TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (blob, message)
) STRICT, WITHOUT ROWID;
