-- From version 9 to 10: what an operator holds.
CREATE TABLE hold (
  name TEXT PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, inbound INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
