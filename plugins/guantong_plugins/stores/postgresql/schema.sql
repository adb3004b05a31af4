-- The store of grown mode. Times are UTC milliseconds. Bodies are sealed (compressed, encrypted). Flags are 0 or 1.
-- Conditions in braces are those of `named.py`; `word` is text that sorts by its bytes. Numbers are given by the program that
-- writes: one, or whichever has the pen.

-- Which version this is, and who wrote last: a program's own mark and how many groups it has written. After a lost connection
-- that tells what became of the last group, and whether another wrote since.
CREATE TABLE writer (
  one SMALLINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL, mark TEXT NOT NULL, written BIGINT NOT NULL
);
-- Processes that share the schema. `written`: how many groups it has written, which tells what became of the last one after a lost
-- connection. Times are by this server's clock: of its start, of its newest sign of life, and of its end (0: it has not ended).
CREATE TABLE worker (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL,
  lines SMALLINT NOT NULL, keys TEXT NOT NULL, written BIGINT NOT NULL, started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL,
  gone_at BIGINT NOT NULL
);
-- What one of them at a time does.
CREATE TABLE duty (name TEXT PRIMARY KEY, worker BIGINT NOT NULL);

CREATE TABLE message (
  id BIGINT PRIMARY KEY, system {word} NOT NULL, at BIGINT NOT NULL, kind {word} NOT NULL, state {word} NOT NULL,
  charset {word} NOT NULL, ref {word} NOT NULL, code {word} NOT NULL, reason {word} NOT NULL,
  backfill BIGINT NOT NULL DEFAULT 0, body BYTEA NOT NULL
);
-- What needs a person, found without a scan.
CREATE INDEX message_open ON message (state, system, id) WHERE {needs_a_person};

-- `fired` is an integer's bits, big-endian.
CREATE TABLE event (
  id BIGINT PRIMARY KEY, message BIGINT NOT NULL, subject BIGINT NOT NULL, name {word} NOT NULL,
  version BIGINT NOT NULL, key BYTEA NOT NULL, digest BYTEA NOT NULL, plan {word} NOT NULL, fired BYTEA NOT NULL,
  held_back SMALLINT NOT NULL, occurred {word} NOT NULL DEFAULT '', body BYTEA NOT NULL
);
CREATE INDEX event_message ON event (message);
CREATE INDEX event_subject ON event (subject);

CREATE TABLE delivery (
  id BIGINT PRIMARY KEY, event BIGINT NOT NULL, subject BIGINT NOT NULL, target {word} NOT NULL,
  name {word} NOT NULL, state {word} NOT NULL, due BIGINT NOT NULL, attempts BIGINT NOT NULL,
  accepted_at BIGINT NOT NULL, moved_at BIGINT NOT NULL, passes SMALLINT NOT NULL,
  low SMALLINT NOT NULL DEFAULT 0, code {word} NOT NULL,
  reason {word} NOT NULL, claimed_by BIGINT NOT NULL DEFAULT 0
);
-- What a worker has in hand.
CREATE INDEX delivery_claimed ON delivery (claimed_by) WHERE claimed_by <> 0;
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
CREATE TABLE sent (delivery BIGINT PRIMARY KEY, kind {word} NOT NULL, body BYTEA NOT NULL);

CREATE TABLE subject (id BIGINT PRIMARY KEY, kind {word} NOT NULL);
CREATE TABLE serial (
  number {word} NOT NULL, scope {word} NOT NULL, kind {word} NOT NULL, subject BIGINT NOT NULL,
  PRIMARY KEY (number, scope, kind)
);
CREATE INDEX serial_subject ON serial (subject);
-- The newest version known of each event identity of a subject.
CREATE TABLE identity (
  subject BIGINT NOT NULL, key BYTEA NOT NULL, version BIGINT NOT NULL, digest BYTEA NOT NULL,
  event BIGINT NOT NULL, PRIMARY KEY (subject, key)
);

CREATE TABLE journal (
  id BIGINT PRIMARY KEY, previous BIGINT NOT NULL, at BIGINT NOT NULL, what {word} NOT NULL,
  subject BIGINT NOT NULL, message BIGINT NOT NULL, delivery BIGINT NOT NULL, system {word} NOT NULL,
  actor {word} NOT NULL, detail {word} NOT NULL
);
-- A subject's newest line is the next one's predecessor.
CREATE INDEX journal_subject ON journal (subject, id) WHERE subject > 0;
CREATE INDEX journal_message ON journal (message) WHERE message > 0 AND subject = 0;
CREATE INDEX journal_settled ON journal (system) WHERE what = 'settled';

CREATE TABLE cursor (system {word} PRIMARY KEY, since {word} NOT NULL);

-- What is odd (疑点), each once.
CREATE TABLE finding (
  id BIGINT PRIMARY KEY, kind {word} NOT NULL, ordinary SMALLINT NOT NULL, at BIGINT NOT NULL,
  subject BIGINT NOT NULL, identity {word} NOT NULL, system {word} NOT NULL, region {word} NOT NULL,
  message BIGINT NOT NULL, delivery BIGINT NOT NULL, detail {word} NOT NULL, settled_at BIGINT NOT NULL,
  settled_by {word} NOT NULL, why {word} NOT NULL
);
CREATE UNIQUE INDEX finding_once ON finding (subject, kind, identity);
CREATE INDEX finding_open ON finding (kind, system, ordinary) WHERE settled_at = 0;
-- What somebody should look at, found without what happens every day.
CREATE INDEX finding_odd ON finding (id) WHERE {odd};

-- How watched cases stand, and their warnings; made anew from the events at any time.
CREATE TABLE watch (
  subject BIGINT PRIMARY KEY, look_at BIGINT NOT NULL, state {word} NOT NULL, kind {word} NOT NULL, due BIGINT NOT NULL,
  region {word} NOT NULL, item {word} NOT NULL, item_name {word} NOT NULL, org {word} NOT NULL, "window" {word} NOT NULL,
  window_name {word} NOT NULL, noted {word} NOT NULL
);
-- Whose time has come, found without those that nothing will change any more.
CREATE INDEX watch_look ON watch (look_at) WHERE {looked_at};
CREATE INDEX watch_open ON watch ((due = 0), due, subject) WHERE {running};
CREATE TABLE warning (
  subject BIGINT NOT NULL, identity {word} NOT NULL, level {word} NOT NULL, verdict {word} NOT NULL, open SMALLINT NOT NULL,
  clock {word} NOT NULL, expected_at BIGINT NOT NULL, no {word} NOT NULL, raised_at BIGINT NOT NULL, event BIGINT NOT NULL,
  reply_by BIGINT NOT NULL, replied_at BIGINT NOT NULL, withdrawn_at BIGINT NOT NULL, PRIMARY KEY (subject, identity)
);
CREATE INDEX warning_open ON warning ((reply_by = 0), reply_by, subject) WHERE open = 1;
CREATE INDEX warning_no ON warning (no) WHERE no <> '';

-- Where cases were handled: each case once for each site, and of each site the first and last time.
CREATE TABLE site_case (
  site {word} NOT NULL, subject BIGINT NOT NULL, way {word} NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL,
  PRIMARY KEY (site, subject)
);
CREATE INDEX site_case_subject ON site_case (subject);
CREATE TABLE site_seen (
  site {word} PRIMARY KEY, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL
);

-- Runs that read a system's stock (存量办件); messages name the run they came by, their deliveries are `low`.
CREATE TABLE backfill (
  id BIGINT PRIMARY KEY, system {word} NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL, rate DOUBLE PRECISION NOT NULL,
  actor {word} NOT NULL, state {word} NOT NULL, cursor {word} NOT NULL, read BIGINT NOT NULL, skipped BIGINT NOT NULL,
  refused BIGINT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, folder TEXT NOT NULL
);
CREATE INDEX backfill_running ON backfill (state, system) WHERE state = 'running';
CREATE INDEX message_backfill ON message (backfill, state) WHERE backfill > 0;

-- Which messages need which blobs.
CREATE TABLE blob_ref (
  blob {word} NOT NULL, message BIGINT NOT NULL, PRIMARY KEY (blob, message)
);

-- What was told of matters and no version of the catalogue holds yet.
CREATE TABLE matter_told (event BIGINT PRIMARY KEY);

-- What an operator holds: a system by its id, a route by its name.
CREATE TABLE hold (
  name {word} PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, inbound SMALLINT NOT NULL
);

-- Bodies are compressed already.
ALTER TABLE message ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE event ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE sent ALTER COLUMN body SET STORAGE EXTERNAL;
-- Wrong passwords at kiosks, by what they are counted of (a keyed digest).
CREATE TABLE tried (key BYTEA PRIMARY KEY, since BIGINT NOT NULL, times BIGINT NOT NULL);
CREATE INDEX tried_since ON tried (since);

-- What is counted when figures are asked for: read from the index alone, without the rows.
CREATE INDEX delivery_done ON delivery (target, state) WHERE {finished};
CREATE INDEX delivery_again ON delivery (target, attempts) WHERE attempts > 1;
CREATE INDEX message_counted ON message (system, state);

-- Cases that are kept as they are (证据保全), whatever their period.
CREATE TABLE frozen (subject BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, why TEXT NOT NULL);
-- What a message needs is forgotten with it.
CREATE INDEX blob_ref_message ON blob_ref (message);

-- The journal's proof: how far its tree has come, the tree's tiles, signed checkpoints.
CREATE TABLE tree (one SMALLINT PRIMARY KEY CHECK (one = 1), size BIGINT NOT NULL, reached BIGINT NOT NULL, hash {word} NOT NULL);
CREATE TABLE tile (
  level SMALLINT NOT NULL, number BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL, hashes BYTEA NOT NULL,
  entries BYTEA NOT NULL, salts BYTEA NOT NULL, raws BYTEA NOT NULL, PRIMARY KEY (level, number)
);
CREATE INDEX tile_last ON tile (last) WHERE level = 0;
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL, ALTER COLUMN salts SET STORAGE EXTERNAL;
-- What binds us to records and to what was sent, with the salts that go with them.
CREATE TABLE commitment (
  kind {word} NOT NULL, "of" BIGINT NOT NULL, entry BIGINT NOT NULL, mark BYTEA NOT NULL, salt BYTEA NOT NULL, value BYTEA NOT NULL,
  PRIMARY KEY (kind, "of")
);
CREATE TABLE checkpoint (size BIGINT PRIMARY KEY, at BIGINT NOT NULL, note TEXT NOT NULL);

-- What came of holding a system's books of a day against ours (对账); `counts` is JSON.
CREATE TABLE reconciliation (
  system {word} NOT NULL, day {word} NOT NULL, at BIGINT NOT NULL, actor {word} NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (system, day)
);

-- What changes at every step leaves dead rows: they are cleared early, and there is room on the page for the next version.
ALTER TABLE delivery SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- What cases are found by: keyed digests of the numbers of persons, and of windows.
CREATE TABLE lookup (
  mark BYTEA NOT NULL, subject BIGINT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, PRIMARY KEY (mark, subject)
);
CREATE INDEX lookup_subject ON lookup (subject);
