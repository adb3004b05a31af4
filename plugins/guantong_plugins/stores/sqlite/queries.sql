-- Every statement of the embedded store, by name. `-- name: what it is for`, then one statement.
-- Conditions in braces are those of `named.py`.

-- find_subject: the subject a serial points to
SELECT subject FROM serial WHERE number = ? AND scope = ? AND kind = ?;
-- add_subject: a new subject without history
INSERT INTO subject (kind) VALUES (?);
-- link: point a serial to a subject
INSERT INTO serial (number, scope, kind, subject) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;
-- merge_serials: serials of the younger subject follow the older
UPDATE serial SET subject = :older WHERE subject = :younger;
-- merge_deliveries: deliveries follow, found through their events
UPDATE delivery SET subject = :older WHERE event IN (SELECT id FROM event WHERE subject = :younger);
-- merge_events: events follow
UPDATE event SET subject = :older WHERE subject = :younger;
-- merge_identities: the higher version of an identity wins
INSERT INTO identity (subject, key, version, digest, event)
  SELECT :older, key, version, digest, event FROM identity WHERE subject = :younger
  ON CONFLICT (subject, key) DO UPDATE SET version = excluded.version, digest = excluded.digest,
    event = excluded.event WHERE excluded.version > identity.version;
-- forget_identities: what was merged is not kept twice
DELETE FROM identity WHERE subject = ?;
-- merge_findings: findings follow, those that the older has too do not
UPDATE OR IGNORE finding SET subject = :older WHERE subject = :younger;
-- merge_sites: where the younger was handled, the older was, from the first time to the last
INSERT INTO site_case (site, subject, way, first_at, last_at)
  SELECT site, :older, way, first_at, last_at FROM site_case WHERE subject = :younger
  ON CONFLICT (site, subject) DO UPDATE SET first_at = min(first_at, excluded.first_at),
    last_at = max(last_at, excluded.last_at), way = CASE site_case.way WHEN '' THEN excluded.way ELSE site_case.way END;
-- forget_sites: what was merged is not kept twice
DELETE FROM site_case WHERE subject = ?;
-- merge_lookups: what the younger is found by finds the older
INSERT INTO lookup (mark, subject, first_at, last_at)
  SELECT mark, :older, first_at, last_at FROM lookup WHERE subject = :younger
  ON CONFLICT (mark, subject) DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at);
-- forget_lookups: nothing finds a case any more
DELETE FROM lookup WHERE subject = ?;
-- find_by: a case is found by a mark
INSERT INTO lookup (mark, subject, first_at, last_at) VALUES (:mark, :subject, :at, :at)
  ON CONFLICT (mark, subject) DO UPDATE SET last_at = max(last_at, excluded.last_at);
-- found_by: the cases a mark points to
SELECT subject, first_at, last_at FROM lookup WHERE mark = :mark AND subject > :after AND last_at >= :since AND first_at < :until
  ORDER BY subject LIMIT :limit;
-- newest_line: the journal's newest line
SELECT max(id) FROM journal;
-- handled_at: a case was handled at a site; the way it was first told in stays
INSERT INTO site_case (site, subject, way, first_at, last_at) VALUES (:site, :subject, :way, :at, :at)
  ON CONFLICT (site, subject) DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
    way = CASE site_case.way WHEN '' THEN excluded.way ELSE site_case.way END;
-- seen_at: a site was heard of
INSERT INTO site_seen (site, first_at, last_at) VALUES (:site, :at, :at)
  ON CONFLICT (site) DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at);
-- sites_seen: every site that was heard of, the first and last time
SELECT site, first_at, last_at FROM site_seen;
-- site_work: cases by site and way, of those handled there since
SELECT site, way, count(*) FROM site_case WHERE last_at >= ? GROUP BY site, way;
-- forget_findings: what was merged is not kept twice
DELETE FROM finding WHERE subject = ?;
-- add_finding: something odd, once; what was settled by :reopen is open again
INSERT INTO finding (kind, ordinary, at, subject, identity, system, region, message, delivery, detail,
    settled_at, settled_by, why)
  VALUES (:kind, :ordinary, :at, :subject, :identity, :system, :region, :message, :delivery, :detail, 0, '', '')
  ON CONFLICT (subject, kind, identity) DO UPDATE SET at = excluded.at, system = excluded.system,
    region = excluded.region, message = excluded.message, delivery = excluded.delivery, detail = excluded.detail,
    settled_at = 0, settled_by = '', why = ''
    WHERE finding.settled_at > 0 AND finding.settled_by = :reopen
  RETURNING id;
-- find_finding: the number of a finding
SELECT id FROM finding WHERE subject = ? AND kind = ? AND identity = ?;
-- settle_finding: it is no longer open
UPDATE finding SET settled_at = ?, settled_by = ?, why = ? WHERE id = ? AND settled_at = 0;
-- finding: one finding
SELECT id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by, why
  FROM finding WHERE id = ?;
-- findings: findings of those kinds, systems, regions and times
SELECT id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by, why
  FROM finding WHERE id > :after AND (settled_at > 0) = :settled AND (:kind = '' OR kind = :kind)
  AND (:ordinary OR ordinary = 0) AND (:system = '' OR system = :system)
  AND substr(region, 1, length(:region)) = :region AND at >= :since ORDER BY id LIMIT :limit;
-- findings_to_look_at: the same of those that are open and not ordinary
SELECT id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by, why
  FROM finding WHERE {odd} AND id > :after AND (:kind = '' OR kind = :kind) AND (:system = '' OR system = :system)
  AND substr(region, 1, length(:region)) = :region AND at >= :since ORDER BY id LIMIT :limit;
-- finding_counts: open findings by kind and system
SELECT kind, system, ordinary, count(*) FROM finding WHERE settled_at = 0 GROUP BY kind, system, ordinary;
-- known: the newest version of one identity
SELECT version, digest, event FROM identity WHERE subject = ? AND key = ?;
-- remember: keep the newest version of one identity
INSERT INTO identity (subject, key, version, digest, event) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (subject, key) DO UPDATE SET version = excluded.version, digest = excluded.digest, event = excluded.event;
-- add_message: keep a record
INSERT INTO message (system, at, kind, state, charset, ref, code, reason, backfill, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- set_message: a message's new state
UPDATE message SET state = ?, code = ?, reason = ? WHERE id = ?;
-- keep_with: a record with what was fetched for it later
UPDATE message SET body = ? WHERE id = ?;
-- tell_matter: an event is to be taken into the catalogue of matters
INSERT INTO matter_told (event) VALUES (?);
-- matter_taken: it was
DELETE FROM matter_told WHERE event = ?;
-- matters_told: events that are to be taken, oldest first
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE id IN (SELECT event FROM matter_told ORDER BY event LIMIT ?) ORDER BY id;
-- refer: a message needs a blob
INSERT INTO blob_ref (blob, message) VALUES (?, ?) ON CONFLICT DO NOTHING;
-- referred: whether any message needs a blob
SELECT 1 FROM blob_ref WHERE blob = ? LIMIT 1;
-- message: one message
SELECT id, system, at, kind, state, body, charset, ref, code, reason, backfill FROM message WHERE id = ?;
-- messages_in: messages in one state that needs a person, of one system, of one code, or all
SELECT id, system, at, kind, state, body, charset, ref, code, reason, backfill FROM message
  WHERE state = :state AND {needs_a_person} AND (:system IS NULL OR system = :system)
  AND (:code IS NULL OR code = :code) AND id > :after ORDER BY id LIMIT :limit;
-- recent_messages: messages before one, newest first, of one system or all
SELECT id, system, at, kind, state, body, charset, ref, code, reason, backfill FROM message
  WHERE id < :before AND at >= :since AND (:system IS NULL OR system = :system) ORDER BY id DESC LIMIT :limit;
-- recent_deliveries: deliveries before one, newest first, of one target or all
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE id < :before AND accepted_at >= :since AND (:target IS NULL OR target = :target) ORDER BY id DESC LIMIT :limit;
-- add_event: keep an event
INSERT INTO event (message, subject, name, version, key, digest, plan, fired, held_back, occurred, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- parties: who told of a subject, and whom its events were sent to, by the first such event; warnings sent count last
SELECT system FROM (
  SELECT message.system AS system, 0 AS late, 2 * event.id AS at
    FROM event JOIN message ON message.id = event.message WHERE event.subject = :subject
  UNION ALL
  SELECT delivery.target, event.name LIKE 'alert.%', 2 * event.id + 1
    FROM event JOIN delivery ON delivery.event = event.id WHERE event.subject = :subject)
  GROUP BY system ORDER BY min(late), min(at);
-- told_of: who told events of one name about a subject, and to whom each was sent, the newest first
SELECT event.id, message.at, message.system, event.key, coalesce(delivery.target, '') FROM event
  JOIN message ON message.id = event.message LEFT JOIN delivery ON delivery.event = event.id AND {went}
  WHERE event.subject = ? AND event.name = ? AND event.held_back = 0 ORDER BY event.id DESC, delivery.id DESC LIMIT ?;
-- happened: what a subject went through, without the contents; all of it where the limit is -1
SELECT id, name, key, version, occurred FROM event WHERE subject = ? AND held_back = 0 ORDER BY id LIMIT ?;
-- event: one event
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event WHERE id = ?;
-- events_of_message: what a message yielded
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE message = ? ORDER BY id;
-- events_of_subject: a subject's events, oldest first
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE subject = ? ORDER BY id;
-- newest_of_subject: some of a subject's events, newest first
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE subject = ? ORDER BY id DESC LIMIT ?;
-- release_event: a person decided for it
UPDATE event SET held_back = 0 WHERE id = ?;
-- add_delivery: an event on its way to one system
INSERT INTO delivery (event, subject, target, name, state, due, attempts, accepted_at, moved_at, passes, low, code, reason)
  VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, '', '');
-- delivery: one delivery
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE id = ?;
-- standing: a delivery's state and subject
SELECT state, subject FROM delivery WHERE id = ?;
-- deliveries_of: an event's deliveries
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE event = ? ORDER BY id;
-- deliveries_of_subject: a subject's deliveries, through its events
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE event IN (SELECT id FROM event WHERE subject = ?) ORDER BY id;
-- line_is_busy: whether anything of this line is unfinished
SELECT 1 FROM delivery WHERE subject = ? AND target = ? AND {unfinished}
  AND NOT (state = 'dead' AND passes) LIMIT 1;
-- first_in_line: the oldest unfinished delivery of a line
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE subject = ? AND target = ? AND {unfinished} AND NOT (state = 'dead' AND passes) ORDER BY id LIMIT 1;
-- lines_of: all unfinished deliveries of a subject
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE subject = ? AND {unfinished} AND NOT (state = 'dead' AND passes) ORDER BY target, id;
-- move: a delivery's new state
UPDATE delivery SET state = ?, moved_at = ?, due = ?, attempts = ?, code = ?, reason = ? WHERE id = ?;
-- keep_sent: the bytes that were sent
INSERT INTO sent (delivery, kind, body) VALUES (?, ?, ?)
  ON CONFLICT (delivery) DO UPDATE SET kind = excluded.kind, body = excluded.body;
-- open_of_subject: deliveries of a subject that wait for a later time
SELECT id FROM delivery WHERE subject = ? AND {unfinished} AND state IN ('waiting', 'retrying') AND due > ?;
-- note: one line of the journal, chained to its predecessor for the same subject
INSERT INTO journal (previous, at, what, subject, message, delivery, system, actor, detail)
  VALUES (coalesce((SELECT max(id) FROM journal WHERE subject = ? AND subject > 0), 0), ?, ?, ?, ?, ?, ?, ?, ?);
-- head: the subject's newest journal line, asked
SELECT coalesce(max(id), 0) FROM journal WHERE subject = ? AND subject > 0;
-- journal_of: every line that says it is of a subject, whatever other lines name as the one before them
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE subject = ? AND subject > 0 ORDER BY id;
-- journal_entry: one line of the journal
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id = ?;
-- journal_of_message: lines about a message that found no subject
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal
  WHERE message = ? AND message > 0 AND subject = 0 ORDER BY id;
-- set_cursor: how far a polled source was read
INSERT INTO cursor (system, since) VALUES (?, ?) ON CONFLICT (system) DO UPDATE SET since = excluded.since;
-- cursor: how far a polled source was read, asked
SELECT since FROM cursor WHERE system = ?;
-- due: what a target has to do next, but for what waits for a person
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE target = ? AND {to_do} AND due < ? ORDER BY due, id LIMIT ?;
-- awaiting: what of a target waits until a time, or until somebody acts
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE target = :target AND {to_do} AND due >= :since AND state = 'waiting' AND id > :after ORDER BY id LIMIT :limit;
-- in_state: deliveries in one state
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE state = :state AND {to_look_at}
  AND (:target IS NULL OR target = :target) AND id > :after ORDER BY id LIMIT :limit;
-- shadowed: what was mapped for a target and not sent
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE target = :target AND {shadowed} AND id > :after ORDER BY id LIMIT :limit;
-- waiting_to_join: deliveries whose record waits for another event
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE {to_join} AND (:target IS NULL OR target = :target) ORDER BY id LIMIT :limit;
-- counts: deliveries by target and state; of finished ones the time of the oldest is not looked for
SELECT target, state, count(*), 0 FROM delivery WHERE {finished} GROUP BY target, state
  UNION ALL SELECT target, state, count(*), min(accepted_at) FROM delivery WHERE {unfinished} GROUP BY target, state
  UNION ALL SELECT target, state, count(*), min(accepted_at) FROM delivery WHERE {to_look_at} AND state = 'sent'
    GROUP BY target;
-- unfinished: how many deliveries are not finished, counted up to a limit
SELECT count(*) FROM (SELECT 1 FROM delivery WHERE {unfinished} LIMIT ?);
-- message_counts: messages by system and state
SELECT system, state, count(*) FROM message GROUP BY system, state;
-- retried: attempts beyond the first, by target
SELECT target, sum(attempts - 1) FROM delivery WHERE attempts > 1 GROUP BY target;
-- settled: unknown outcomes that were settled, by target
SELECT system, count(*) FROM journal WHERE what = 'settled' GROUP BY system;
-- delays: how long a target's newest finished deliveries took, in milliseconds
SELECT target, moved_at - accepted_at FROM delivery WHERE state IN ('confirmed', 'sent', 'returned')
  ORDER BY id DESC LIMIT 200000;
-- serials_of: every number of a subject
SELECT scope, kind, number FROM serial WHERE subject = ? ORDER BY kind, scope, number;
-- subjects_by_number: whatever a number points to
SELECT DISTINCT subject FROM serial WHERE number = ? ORDER BY subject;
-- open_cases: cases a system took or told of that nothing has closed, among some subjects; the last subject looked at
-- comes without a number where it is none
WITH looked AS (SELECT id, kind FROM subject WHERE id > :after ORDER BY id LIMIT :looked)
SELECT looked.id, serial.number FROM looked LEFT JOIN serial
  ON serial.subject = looked.id AND serial.kind = :serial AND (serial.scope = '' OR serial.scope = :system)
  AND looked.kind = 'case'
  AND EXISTS (
    SELECT 1 FROM event JOIN message ON message.id = event.message
    WHERE event.subject = looked.id AND message.at >= :since AND (message.system = :system OR EXISTS (
      SELECT 1 FROM delivery WHERE delivery.event = event.id AND delivery.target = :system
        AND (delivery.state = 'sent' OR delivery.state = 'confirmed'))))
  AND NOT EXISTS (
    SELECT 1 FROM event WHERE event.subject = looked.id AND NOT event.held_back
      AND event.name IN (SELECT value FROM json_each(:closed_by)))
  ORDER BY looked.id;
-- keep_watch: how a case stands
INSERT OR REPLACE INTO watch (subject, look_at, state, kind, due, region, item, item_name, org, window, window_name,
  noted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- forget_watch: nothing of how a case stands
DELETE FROM watch WHERE subject = ?;
-- forget_warnings: nothing of a case's warnings
DELETE FROM warning WHERE subject = ?;
-- keep_warning: one warning of a case
INSERT INTO warning (subject, identity, level, verdict, open, clock, expected_at, no, raised_at, event, reply_by,
  replied_at, withdrawn_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- look_again: judge a case anew
INSERT INTO watch (subject, look_at, state, kind, due, region, item, item_name, org, window, window_name, noted)
  VALUES (?, 0, '', '', 0, '', '', '', '', '', '', '[]') ON CONFLICT (subject) DO UPDATE SET look_at = 0;
-- set_noted: which findings a case has
UPDATE watch SET noted = ? WHERE subject = ?;
-- look_all_again: judge every case anew
UPDATE watch SET look_at = 0;
-- new_events: what was kept since
SELECT id, subject, name FROM event WHERE id > ? ORDER BY id LIMIT ?;
-- heard_of: a subject's events with when and from whom they came
SELECT event.id, message, subject, name, version, key, digest, plan, fired, event.body, held_back, at, system, backfill
  FROM event JOIN message ON message.id = message WHERE subject = ? AND held_back = 0 ORDER BY event.id;
-- to_look_at: whose time has come
SELECT subject FROM watch WHERE {looked_at} AND look_at <= ? ORDER BY look_at LIMIT ?;
-- watch: how a case stands, asked
SELECT subject, look_at, state, kind, due, region, item, item_name, org, window, window_name,
  noted FROM watch WHERE subject = ?;
-- watched: cases whose limits still run
SELECT watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item, watch.item_name,
  watch.org, watch.window, watch.window_name, watch.noted FROM watch WHERE {running}
  AND (:state = '' OR instr(:state, ' ' || state || ' ')) AND substr(region, 1, length(:region)) = :region
  AND (:window = '' OR window = :window) AND (:due_before = 0 OR (due > 0 AND due < :due_before))
  ORDER BY due = 0, due, subject LIMIT :limit;
-- watched_all: all cases that were ever watched
SELECT watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item, watch.item_name,
  watch.org, watch.window, watch.window_name, watch.noted FROM watch WHERE
  (:state = '' OR instr(:state, ' ' || state || ' ')) AND substr(region, 1, length(:region)) = :region
  AND (:window = '' OR window = :window) AND (:due_before = 0 OR (due > 0 AND due < :due_before))
  ORDER BY due = 0, due, subject LIMIT :limit;
-- warnings: warnings that somebody should see to
SELECT warning.subject, warning.identity, warning.level, warning.verdict, warning.open, warning.clock,
  warning.expected_at, warning.no, warning.raised_at, warning.event, warning.reply_by, warning.replied_at,
  warning.withdrawn_at, watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item,
  watch.item_name, watch.org, watch.window, watch.window_name,
  watch.noted FROM warning JOIN watch ON watch.subject = warning.subject WHERE open = 1
  AND (:level = '' OR level = :level) AND substr(region, 1, length(:region)) = :region
  AND (:window = '' OR window = :window) AND (:due_before = 0 OR (reply_by > 0 AND reply_by < :due_before))
  ORDER BY reply_by = 0, reply_by, warning.subject LIMIT :limit;
-- warnings_all: all warnings there were
SELECT warning.subject, warning.identity, warning.level, warning.verdict, warning.open, warning.clock,
  warning.expected_at, warning.no, warning.raised_at, warning.event, warning.reply_by, warning.replied_at,
  warning.withdrawn_at, watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item,
  watch.item_name, watch.org, watch.window, watch.window_name,
  watch.noted FROM warning JOIN watch ON watch.subject = warning.subject WHERE
  (:level = '' OR level = :level) AND substr(region, 1, length(:region)) = :region
  AND (:window = '' OR window = :window) AND (:due_before = 0 OR (reply_by > 0 AND reply_by < :due_before))
  ORDER BY reply_by = 0, reply_by, warning.subject LIMIT :limit;
-- warnings_of: the warnings of a case
SELECT subject, identity, level, verdict, open, clock, expected_at, no, raised_at, event, reply_by, replied_at,
  withdrawn_at FROM warning WHERE subject = ? ORDER BY raised_at = 0, raised_at, identity;
-- warnings_numbered: warnings of one number
SELECT subject, identity, level, verdict, open, clock, expected_at, no, raised_at, event, reply_by, replied_at,
  withdrawn_at FROM warning WHERE no = ? AND no <> '' ORDER BY subject, identity;
-- backfill_of: whether a run of the system is under way
SELECT 1 FROM backfill WHERE state = 'running' AND system = ?;
-- add_backfill: begin a run
INSERT INTO backfill (system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at)
  VALUES (?, ?, ?, ?, ?, ?, 'running', '', 0, 0, 0, ?, 0);
-- move_backfill: how far a run is
UPDATE backfill SET cursor = ?, read = ?, skipped = ?, refused = ? WHERE id = ?;
-- end_backfill: it has read all there is
UPDATE backfill SET state = 'done', ended_at = ? WHERE id = ? AND state = 'running';
-- backfill: one run
SELECT id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at
  FROM backfill WHERE id = ?;
-- backfills_running: those under way
SELECT id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at
  FROM backfill WHERE state = 'running' ORDER BY id;
-- backfills_of: the latest runs of a system
SELECT id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at
  FROM backfill WHERE system = ? ORDER BY id DESC LIMIT ?;
-- backfill_messages: a run's messages by state
SELECT state, count(*) FROM message WHERE backfill = ? AND backfill > 0 GROUP BY state;
-- backfill_deliveries: deliveries of a run's events by target and state
SELECT delivery.target, delivery.state, count(*) FROM message JOIN event ON event.message = message.id
  JOIN delivery ON delivery.event = event.id WHERE message.backfill = ? AND message.backfill > 0
  GROUP BY delivery.target, delivery.state;
-- put_hold: what an operator holds
INSERT INTO hold (name, at, actor, reason, inbound) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET at = excluded.at, actor = excluded.actor, reason = excluded.reason,
    inbound = excluded.inbound;
-- drop_hold: it is held no longer
DELETE FROM hold WHERE name = ?;
-- holds: everything that is held
SELECT name, at, actor, reason, inbound FROM hold ORDER BY name;
-- tried: wrong passwords counted under one key
SELECT since, times FROM tried WHERE key = ?;
-- set_tried: so many
INSERT INTO tried (key, since, times) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET since = excluded.since, times = excluded.times;
-- forget_tried: none any more
DELETE FROM tried WHERE key = ?;
-- forget_tried_before: none of those counted since before
DELETE FROM tried WHERE since < ?;
-- open_deliveries: what stands in one state that is not final, with its event's values and where they came from
SELECT picked.id, picked.event, picked.target, picked.name, picked.state, picked.attempts, picked.accepted_at, picked.code, picked.reason,
  message.system, event.body
  FROM (SELECT * FROM delivery WHERE {unfinished} AND state = :state AND (:target IS NULL OR target = :target)
    AND id > :after ORDER BY id LIMIT :limit) AS picked
  JOIN event ON event.id = picked.event JOIN message ON message.id = event.message ORDER BY picked.id;
-- open_sent: the same of those that wait for a receipt
SELECT picked.id, picked.event, picked.target, picked.name, picked.state, picked.attempts, picked.accepted_at, picked.code, picked.reason,
  message.system, event.body
  FROM (SELECT * FROM delivery WHERE {to_look_at} AND state = :state AND (:target IS NULL OR target = :target)
    AND id > :after ORDER BY id LIMIT :limit) AS picked
  JOIN event ON event.id = picked.event JOIN message ON message.id = event.message ORDER BY picked.id;
-- survey_messages: every message, with how many events it has
SELECT id, system, state, (SELECT count(*) FROM event WHERE event.message = message.id) FROM message
  WHERE id > ? ORDER BY id LIMIT ?;
-- survey_deliveries: every delivery, with what its event says
SELECT delivery.id, delivery.event, delivery.subject, target, state, passes, event.message, event.subject
  FROM delivery LEFT JOIN event ON event.id = delivery.event WHERE delivery.id > ? ORDER BY delivery.id LIMIT ?;
-- survey_journal: every line of the journal
SELECT id, at, what, message, delivery, coalesce(json_array_length(detail, '$.to'), 0), CASE what WHEN 'pruned' THEN detail ELSE '' END FROM journal
  WHERE id > ? ORDER BY id LIMIT ?;
-- survey_blobs: every blob that is needed
SELECT DISTINCT blob FROM blob_ref WHERE blob > ? ORDER BY blob LIMIT ?;
-- steps: a stretch of the journal, with what each line is about and the message it leads to
SELECT journal.id, journal.at, journal.subject, coalesce(subject.kind, ''),
  CASE WHEN journal.message > 0 THEN journal.message ELSE coalesce(event.message, 0) END
  FROM journal LEFT JOIN subject ON subject.id = journal.subject LEFT JOIN delivery ON delivery.id = journal.delivery
  LEFT JOIN event ON event.id = delivery.event WHERE journal.id > ? ORDER BY journal.id LIMIT ?;
-- last_step: the newest line that says what a subject went through
SELECT id FROM journal WHERE subject = ? AND subject > 0 AND NOT {ageless} ORDER BY id DESC LIMIT 1;
-- message_held: a message without its body
SELECT id, system, at, state, backfill, length(body) FROM message WHERE id = ?;
-- events_held: a subject's events without their bodies
SELECT event.id, event.message, event.subject, coalesce(subject.kind, ''), event.name, event.key, event.held_back,
  length(event.body) FROM event LEFT JOIN subject ON subject.id = event.subject WHERE event.subject = ? ORDER BY event.id;
-- events_held_of: a message's events without their bodies
SELECT event.id, event.message, event.subject, coalesce(subject.kind, ''), event.name, event.key, event.held_back,
  length(event.body) FROM event LEFT JOIN subject ON subject.id = event.subject WHERE event.message = ? ORDER BY event.id;
-- deliveries_held: an event's deliveries, with how much of what was sent is kept
SELECT id, event, target, state, moved_at, CASE WHEN {to_join} THEN 1 ELSE 0 END, coalesce(length(sent.body), 0)
  FROM delivery LEFT JOIN sent ON sent.delivery = delivery.id WHERE event = ? ORDER BY id;
-- blobs_held: how many contents a message needs
SELECT count(*) FROM blob_ref WHERE message = ?;
-- odd_of: what somebody should look at about a subject
SELECT message, delivery FROM finding WHERE subject = ? AND {odd};
-- told_beside: of whom lines about one message tell, in a stretch of the journal
SELECT DISTINCT subject FROM journal WHERE id >= :first AND id <= :last AND message = :message AND subject > 0 ORDER BY subject;
-- untaken: whether an event is to be taken into the catalogue of matters
SELECT 1 FROM matter_told WHERE event = ?;
-- newest_kept: the highest numbers in use
SELECT (SELECT coalesce(max(id), 0) FROM message), (SELECT coalesce(max(id), 0) FROM event),
  (SELECT coalesce(max(id), 0) FROM delivery), (SELECT coalesce(max(id), 0) FROM journal);
-- frozen: whether a case is kept as it is
SELECT subject, at, actor, why FROM frozen WHERE subject = ?;
-- frozen_cases: every case that is
SELECT subject, at, actor, why FROM frozen ORDER BY subject;
-- freeze: keep a case as it is
INSERT INTO frozen (subject, at, actor, why) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;
-- thaw: no longer
DELETE FROM frozen WHERE subject = ?;
-- empty_message: forget a record
UPDATE message SET body = x'' WHERE id = ?;
-- empty_event: forget an event's values
UPDATE event SET body = x'' WHERE id = ?;
-- drop_sent: forget what was sent
DELETE FROM sent WHERE delivery = ?;
-- drop_refs: forget which contents a message needs
DELETE FROM blob_ref WHERE message = ?;
-- drop_message: forget a message
DELETE FROM message WHERE id = ?;
-- drop_event: forget an event
DELETE FROM event WHERE id = ?;
-- drop_identity: forget by what an event was told from others
DELETE FROM identity WHERE event = ? AND (subject, key) IN (SELECT subject, key FROM event WHERE id = ?);
-- drop_parked: forget by what a parked record was told from others
DELETE FROM identity WHERE subject = 0 AND event = ?;
-- drop_delivery: forget a delivery
DELETE FROM delivery WHERE id = ?;
-- drop_findings: forget a subject's findings that nobody has to look at, but for the newest of all: no number is given twice
DELETE FROM finding WHERE subject = ? AND (settled_at > 0 OR ordinary = 1) AND id < (SELECT max(id) FROM finding);
-- tree: how far the tree has come
SELECT size, reached, hash FROM tree WHERE one = 1;
-- set_tree: as far as it is now
INSERT INTO tree (one, size, reached, hash) VALUES (1, ?, ?, ?)
  ON CONFLICT (one) DO UPDATE SET size = excluded.size, reached = excluded.reached;
-- tile: one tile of the tree
SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = ? AND number = ?;
-- tiles: tiles of the first level
SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = 0 AND number > ? ORDER BY number LIMIT ?;
-- tiles_beyond: those of the first level that hold lines above a number
SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = 0 AND last > ? ORDER BY number;
-- tiles_with: those of the first level that may hold a line
SELECT level, number, first, last, hashes, entries, salts, raws FROM (
  SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = 0 AND last >= ? ORDER BY last LIMIT 64
) AS near WHERE first <= ? ORDER BY number;
-- set_tile: a tile as it is now
INSERT INTO tile (level, number, first, last, hashes, entries, salts, raws) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (level, number) DO UPDATE SET first = excluded.first, last = excluded.last, hashes = excluded.hashes,
  entries = excluded.entries, salts = excluded.salts, raws = excluded.raws;
-- lines: lines of the journal as they are stored
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id > ? ORDER BY id LIMIT ?;
-- commit_m: what binds us to a record; without its salt where that is gone
INSERT INTO commitment (kind, "of", entry, mark, salt, value) VALUES ('m', :of, :entry, :mark,
  CASE WHEN EXISTS (SELECT 1 FROM message WHERE id = :of AND body <> x'') THEN :salt ELSE x'' END, :value)
  ON CONFLICT (kind, "of") DO UPDATE SET entry = excluded.entry, mark = excluded.mark, salt = excluded.salt, value = excluded.value;
-- commit_d: the same of what was sent
INSERT INTO commitment (kind, "of", entry, mark, salt, value) VALUES ('d', :of, :entry, :mark,
  CASE WHEN EXISTS (SELECT 1 FROM sent WHERE delivery = :of) THEN :salt ELSE x'' END, :value)
  ON CONFLICT (kind, "of") DO UPDATE SET entry = excluded.entry, mark = excluded.mark, salt = excluded.salt, value = excluded.value;
-- drop_salt_m: the salt goes with the record
UPDATE commitment SET salt = x'' WHERE kind = 'm' AND "of" = ?;
-- drop_salt_d: and with what was sent
UPDATE commitment SET salt = x'' WHERE kind = 'd' AND "of" = ?;
-- commitments: what binds us to records, or to what was sent
SELECT kind, "of", entry, mark, salt, value FROM commitment WHERE kind = ? AND "of" IN (SELECT value FROM json_each(?)) ORDER BY "of";
-- heads_m: how sealed records begin
SELECT id, substr(body, 1, 46) FROM message WHERE id IN (SELECT value FROM json_each(?)) AND body <> x'';
-- heads_d: how what was sent begins, sealed
SELECT delivery, substr(body, 1, 46) FROM sent WHERE delivery IN (SELECT value FROM json_each(?));
-- sealed_m: records, sealed
SELECT id, body FROM message WHERE id IN (SELECT value FROM json_each(?)) AND body <> x'';
-- sealed_d: what was sent, sealed
SELECT delivery, body FROM sent WHERE delivery IN (SELECT value FROM json_each(?));
-- keep_checkpoint: a signed checkpoint
INSERT INTO checkpoint (size, at, note) VALUES (?, ?, ?) ON CONFLICT (size) DO UPDATE SET at = excluded.at, note = excluded.note;
-- checkpoints: signed checkpoints
SELECT size, at, note FROM checkpoint WHERE size > ? ORDER BY size LIMIT ?;
-- newest_checkpoint: the last of them
SELECT size, at, note FROM checkpoint ORDER BY size DESC LIMIT 1;
-- pointers: what numbers point to
SELECT scope, kind, number, subject FROM serial WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number, scope, kind;
-- message_from: the first message from a number on
SELECT id, at FROM message WHERE id >= ? ORDER BY id LIMIT 1;
-- told_between: what a system told, message by message; by their numbers, for by its index all there is would be sorted first
SELECT event.id, event.message, subject, name, version, key, digest, occurred, held_back, message.at, message.state
  FROM message JOIN event ON event.message = message.id
  WHERE message.id >= :message AND message.id <= :last AND +message.system = :system
    AND (message.id > :message OR event.id > :event) ORDER BY message.id, event.id LIMIT :limit;
-- told_of_subjects: what a system told about some
SELECT event.id, event.message, subject, name, version, key, digest, occurred, held_back, message.at, message.state
  FROM event JOIN message ON message.id = event.message
  WHERE +message.system = ? AND +message.id <= ? AND event.subject IN (SELECT value FROM json_each(?)) ORDER BY event.id;
-- contents: what events say, sealed
SELECT id, body FROM event WHERE id IN (SELECT value FROM json_each(?)) AND body <> x'';
-- went: the deliveries of events
SELECT event, id, target, state FROM delivery WHERE event IN (SELECT value FROM json_each(?)) ORDER BY id;
-- keep_reconciliation: what came of it
INSERT INTO reconciliation (system, day, at, actor, counts) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (system, day) DO UPDATE SET at = excluded.at, actor = excluded.actor, counts = excluded.counts;
-- reconciliations: the latest days of a system
SELECT system, day, at, actor, counts FROM reconciliation WHERE system = ? ORDER BY day DESC LIMIT ?;
