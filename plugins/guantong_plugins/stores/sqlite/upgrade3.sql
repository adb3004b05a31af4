-- From version 2 to 3: how watched cases stand, and their warnings.
CREATE TABLE watch (
  subject INTEGER PRIMARY KEY, look_at INTEGER NOT NULL, state TEXT NOT NULL, kind TEXT NOT NULL, due INTEGER NOT NULL,
  region TEXT NOT NULL, item TEXT NOT NULL, item_name TEXT NOT NULL, org TEXT NOT NULL, window TEXT NOT NULL,
  window_name TEXT NOT NULL, noted TEXT NOT NULL
) STRICT;
-- Whose time has come, found without those that nothing will change any more.
CREATE INDEX watch_look ON watch (look_at) WHERE {looked_at};
CREATE INDEX watch_open ON watch (due = 0, due, subject) WHERE {running};
CREATE TABLE warning (
  subject INTEGER NOT NULL, identity TEXT NOT NULL, level TEXT NOT NULL, verdict TEXT NOT NULL, open INTEGER NOT NULL,
  clock TEXT NOT NULL, expected_at INTEGER NOT NULL, no TEXT NOT NULL, raised_at INTEGER NOT NULL, event INTEGER NOT NULL,
  reply_by INTEGER NOT NULL, replied_at INTEGER NOT NULL, withdrawn_at INTEGER NOT NULL, PRIMARY KEY (subject, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX warning_open ON warning (reply_by = 0, reply_by, subject) WHERE open = 1;
CREATE INDEX warning_no ON warning (no) WHERE no <> '';
