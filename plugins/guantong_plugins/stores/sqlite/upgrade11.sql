-- From version 10 to 11: wrong passwords at kiosks.
CREATE TABLE tried (key BLOB PRIMARY KEY, since INTEGER NOT NULL, times INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX tried_since ON tried (since);
