-- From version 4 to 5: where cases were handled.
CREATE TABLE site_case (
  site TEXT NOT NULL, subject INTEGER NOT NULL, way TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (site, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_case_subject ON site_case (subject);
CREATE TABLE site_seen (
  site TEXT PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
