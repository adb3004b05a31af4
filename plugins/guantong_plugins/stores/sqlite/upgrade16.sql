-- From version 15 to 16: what cases are found by: keyed digests of the numbers of persons, and of windows.
CREATE TABLE lookup (
  mark BLOB NOT NULL, subject INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (mark, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX lookup_subject ON lookup (subject);
