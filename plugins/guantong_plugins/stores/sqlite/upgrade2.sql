-- From version 1 to 2: when an event happened, and findings.
ALTER TABLE event ADD COLUMN occurred TEXT NOT NULL DEFAULT '';
CREATE TABLE finding (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, ordinary INTEGER NOT NULL, at INTEGER NOT NULL,
  subject INTEGER NOT NULL, identity TEXT NOT NULL, system TEXT NOT NULL, region TEXT NOT NULL,
  message INTEGER NOT NULL, delivery INTEGER NOT NULL, detail TEXT NOT NULL, settled_at INTEGER NOT NULL,
  settled_by TEXT NOT NULL, why TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX finding_once ON finding (subject, kind, identity);
CREATE INDEX finding_open ON finding (kind, system, ordinary) WHERE settled_at = 0;
CREATE INDEX finding_odd ON finding (id) WHERE {odd};
