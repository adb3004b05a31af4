-- The embedded store. Times are UTC milliseconds. Bodies are sealed (compressed, encrypted).
-- Conditions in braces are those of `named.py`.

CREATE TABLE message (
  id INTEGER PRIMARY KEY, system TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  charset TEXT NOT NULL, ref TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
  backfill INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL
) STRICT;
-- What needs a person, found without a scan.
CREATE INDEX message_open ON message (state, system, id) WHERE {needs_a_person};

-- `fired` is an integer; big-endian bytes where it has more bits than an integer here can hold.
CREATE TABLE event (
  id INTEGER PRIMARY KEY, message INTEGER NOT NULL, subject INTEGER NOT NULL, name TEXT NOT NULL,
  version INTEGER NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL, plan TEXT NOT NULL, fired ANY NOT NULL,
  held_back INTEGER NOT NULL, occurred TEXT NOT NULL DEFAULT '', body BLOB NOT NULL
) STRICT;
CREATE INDEX event_message ON event (message);
CREATE INDEX event_subject ON event (subject);

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY, event INTEGER NOT NULL, subject INTEGER NOT NULL, target TEXT NOT NULL,
  name TEXT NOT NULL, state TEXT NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL, moved_at INTEGER NOT NULL, passes INTEGER NOT NULL,
  low INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_event ON delivery (event);
-- The line of one subject and target: who is first, who is behind. `passes`: once dead, it blocks no one.
CREATE INDEX delivery_line ON delivery (subject, target, id) WHERE {unfinished};
-- What a target has to do next.
CREATE INDEX delivery_due ON delivery (target, due, id) WHERE {to_do};
-- What needs a look, found without a scan.
CREATE INDEX delivery_open ON delivery (state, target, id) WHERE {to_look_at};
-- What was mapped in parallel running, and not sent.
CREATE INDEX delivery_shadowed ON delivery (target, id) WHERE {shadowed};
-- Records that wait for another event.
CREATE INDEX delivery_to_join ON delivery (id) WHERE {to_join};

-- What was sent. Apart, so that a delivery's row stays small: it changes at every step.
CREATE TABLE sent (delivery INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL) STRICT;

CREATE TABLE subject (id INTEGER PRIMARY KEY, kind TEXT NOT NULL) STRICT;
CREATE TABLE serial (
  number TEXT NOT NULL, scope TEXT NOT NULL, kind TEXT NOT NULL, subject INTEGER NOT NULL,
  PRIMARY KEY (number, scope, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX serial_subject ON serial (subject);
-- The newest version known of each event identity of a subject.
CREATE TABLE identity (
  subject INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL,
  event INTEGER NOT NULL, PRIMARY KEY (subject, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY, previous INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL,
  subject INTEGER NOT NULL, message INTEGER NOT NULL, delivery INTEGER NOT NULL, system TEXT NOT NULL,
  actor TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
-- A subject's newest line is the next one's predecessor.
CREATE INDEX journal_subject ON journal (subject, id) WHERE subject > 0;
CREATE INDEX journal_message ON journal (message) WHERE message > 0 AND subject = 0;
CREATE INDEX journal_settled ON journal (system) WHERE what = 'settled';

CREATE TABLE cursor (system TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What is odd (疑点), each once.
CREATE TABLE finding (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, ordinary INTEGER NOT NULL, at INTEGER NOT NULL,
  subject INTEGER NOT NULL, identity TEXT NOT NULL, system TEXT NOT NULL, region TEXT NOT NULL,
  message INTEGER NOT NULL, delivery INTEGER NOT NULL, detail TEXT NOT NULL, settled_at INTEGER NOT NULL,
  settled_by TEXT NOT NULL, why TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX finding_once ON finding (subject, kind, identity);
CREATE INDEX finding_open ON finding (kind, system, ordinary) WHERE settled_at = 0;
-- What somebody should look at, found without what happens every day.
CREATE INDEX finding_odd ON finding (id) WHERE {odd};

-- How watched cases stand, and their warnings; made anew from the events at any time.
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

-- Where cases were handled: each case once for each site, and of each site the first and last time.
CREATE TABLE site_case (
  site TEXT NOT NULL, subject INTEGER NOT NULL, way TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (site, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_case_subject ON site_case (subject);
CREATE TABLE site_seen (
  site TEXT PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Runs that read a system's stock (存量办件); messages name the run they came by, their deliveries are `low`.
CREATE TABLE backfill (
  id INTEGER PRIMARY KEY, system TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, rate REAL NOT NULL,
  actor TEXT NOT NULL, state TEXT NOT NULL, cursor TEXT NOT NULL, read INTEGER NOT NULL, skipped INTEGER NOT NULL,
  refused INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, folder TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX backfill_running ON backfill (state, system) WHERE state = 'running';
CREATE INDEX message_backfill ON message (backfill, state) WHERE backfill > 0;

-- Which messages need which blobs.
CREATE TABLE blob_ref (
  blob TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (blob, message)
) STRICT, WITHOUT ROWID;

-- What was told of matters and no version of the catalogue holds yet.
CREATE TABLE matter_told (event INTEGER PRIMARY KEY) STRICT;

-- What an operator holds: a system by its id, a route by its name.
CREATE TABLE hold (
  name TEXT PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, inbound INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong passwords at kiosks, by what they are counted of (a keyed digest).
CREATE TABLE tried (key BLOB PRIMARY KEY, since INTEGER NOT NULL, times INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX tried_since ON tried (since);

-- What is counted when figures are asked for: read from the index alone, without the rows.
CREATE INDEX delivery_done ON delivery (target, state) WHERE {finished};
CREATE INDEX delivery_again ON delivery (target, attempts) WHERE attempts > 1;
CREATE INDEX message_counted ON message (system, state);

-- Cases that are kept as they are (证据保全), whatever their period.
CREATE TABLE frozen (subject INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, why TEXT NOT NULL) STRICT;
-- What a message needs is forgotten with it.
CREATE INDEX blob_ref_message ON blob_ref (message);

-- The journal's proof: how far its tree has come, the tree's tiles, signed checkpoints.
CREATE TABLE tree (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, reached INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE tile (
  level INTEGER NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hashes BLOB NOT NULL,
  entries BLOB NOT NULL, salts BLOB NOT NULL, raws BLOB NOT NULL, PRIMARY KEY (level, number)
) STRICT;
CREATE INDEX tile_last ON tile (last) WHERE level = 0;
-- What binds us to records and to what was sent, with the salts that go with them.
CREATE TABLE commitment (
  kind TEXT NOT NULL, "of" INTEGER NOT NULL, entry INTEGER NOT NULL, mark BLOB NOT NULL, salt BLOB NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (kind, "of")
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL) STRICT;

-- What cases are found by: keyed digests of the numbers of persons, and of windows.
CREATE TABLE lookup (
  mark BLOB NOT NULL, subject INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (mark, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX lookup_subject ON lookup (subject);

-- What came of holding a system's books of a day against ours (对账); `counts` is JSON.
CREATE TABLE reconciliation (
  system TEXT NOT NULL, day TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (system, day)
) STRICT, WITHOUT ROWID;
