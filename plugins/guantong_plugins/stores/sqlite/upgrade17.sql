-- From version 16 to 17: what came of reconciling a system's books of a day.
CREATE TABLE reconciliation (
  system TEXT NOT NULL, day TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (system, day)
) STRICT, WITHOUT ROWID;
