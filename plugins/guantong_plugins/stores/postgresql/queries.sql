-- What is asked of the store of grown mode, and what is written one by one, by name. `-- name: what it is for`, then one statement.
-- Conditions in braces are those of `named.py`. What is written much is in `bulk.py`.

-- merge_serials: serials of the younger subject follow the older
UPDATE serial SET subject = %(older)s WHERE subject = %(younger)s;
-- merge_deliveries: deliveries follow, found through their events
UPDATE delivery SET subject = %(older)s WHERE event IN (SELECT id FROM event WHERE subject = %(younger)s);
-- merge_events: events follow
UPDATE event SET subject = %(older)s WHERE subject = %(younger)s;
-- merge_identities: the higher version of an identity wins
INSERT INTO identity (subject, key, version, digest, event)
  SELECT %(older)s, key, version, digest, event FROM identity WHERE subject = %(younger)s
  ON CONFLICT (subject, key) DO UPDATE SET version = excluded.version, digest = excluded.digest,
    event = excluded.event WHERE excluded.version > identity.version;
-- forget_identities: what was merged is not kept twice
DELETE FROM identity WHERE subject = %s;
-- merge_findings: findings follow, those that the older has too do not
UPDATE finding SET subject = %(older)s WHERE subject = %(younger)s AND NOT EXISTS (SELECT 1 FROM finding AS had
  WHERE had.subject = %(older)s AND had.kind = finding.kind AND had.identity = finding.identity);
-- merge_sites: where the younger was handled, the older was, from the first time to the last
INSERT INTO site_case (site, subject, way, first_at, last_at)
  SELECT site, %(older)s, way, first_at, last_at FROM site_case WHERE subject = %(younger)s
  ON CONFLICT (site, subject) DO UPDATE SET first_at = least(site_case.first_at, excluded.first_at),
    last_at = greatest(site_case.last_at, excluded.last_at), way = CASE site_case.way WHEN '' THEN excluded.way ELSE site_case.way END;
-- forget_sites: what was merged is not kept twice
DELETE FROM site_case WHERE subject = %s;
-- merge_lookups: what the younger is found by finds the older
INSERT INTO lookup (mark, subject, first_at, last_at)
  SELECT mark, %(older)s, first_at, last_at FROM lookup WHERE subject = %(younger)s
  ON CONFLICT (mark, subject) DO UPDATE SET first_at = least(lookup.first_at, excluded.first_at), last_at = greatest(lookup.last_at, excluded.last_at);
-- forget_lookups: nothing finds a case any more
DELETE FROM lookup WHERE subject = %s;
-- find_by: a case is found by a mark
INSERT INTO lookup (mark, subject, first_at, last_at) VALUES (%(mark)s, %(subject)s, %(at)s, %(at)s)
  ON CONFLICT (mark, subject) DO UPDATE SET last_at = greatest(lookup.last_at, excluded.last_at);
-- found_by: the cases a mark points to
SELECT subject, first_at, last_at FROM lookup WHERE mark = %(mark)s AND subject > %(after)s AND last_at >= %(since)s AND first_at < %(until)s
  ORDER BY subject LIMIT %(limit)s;
-- newest_line: the journal's newest line
SELECT max(id) FROM journal;
-- handled_at: a case was handled at a site; the way it was first told in stays
INSERT INTO site_case (site, subject, way, first_at, last_at) VALUES (%(site)s, %(subject)s, %(way)s, %(at)s, %(at)s)
  ON CONFLICT (site, subject) DO UPDATE SET first_at = least(site_case.first_at, excluded.first_at),
    last_at = greatest(site_case.last_at, excluded.last_at), way = CASE site_case.way WHEN '' THEN excluded.way ELSE site_case.way END;
-- seen_at: a site was heard of
INSERT INTO site_seen (site, first_at, last_at) VALUES (%(site)s, %(at)s, %(at)s)
  ON CONFLICT (site) DO UPDATE SET first_at = least(site_seen.first_at, excluded.first_at),
    last_at = greatest(site_seen.last_at, excluded.last_at);
-- sites_seen: every site that was heard of, the first and last time
SELECT site, first_at, last_at FROM site_seen;
-- site_work: cases by site and way, of those handled there since
SELECT site, way, count(*) FROM site_case WHERE last_at >= %s GROUP BY site, way;
-- forget_findings: what was merged is not kept twice
DELETE FROM finding WHERE subject = %s;
-- add_finding: something odd, once; what was settled by %(reopen)s is open again
INSERT INTO finding (id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail,
    settled_at, settled_by, why)
  VALUES ((SELECT coalesce(max(id), 0) + 1 FROM finding), %(kind)s, %(ordinary)s, %(at)s, %(subject)s, %(identity)s, %(system)s,
    %(region)s, %(message)s, %(delivery)s, %(detail)s, 0, '', '')
  ON CONFLICT (subject, kind, identity) DO UPDATE SET at = excluded.at, system = excluded.system,
    region = excluded.region, message = excluded.message, delivery = excluded.delivery, detail = excluded.detail,
    settled_at = 0, settled_by = '', why = ''
    WHERE finding.settled_at > 0 AND finding.settled_by = %(reopen)s
  RETURNING id;
-- find_finding: the number of a finding
SELECT id FROM finding WHERE subject = %s AND kind = %s AND identity = %s;
-- settle_finding: it is no longer open
UPDATE finding SET settled_at = %s, settled_by = %s, why = %s WHERE id = %s AND settled_at = 0;
-- finding: one finding
SELECT id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by, why
  FROM finding WHERE id = %s;
-- findings: findings of those kinds, systems, regions and times
SELECT id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by, why
  FROM finding WHERE id > %(after)s AND (settled_at > 0) = (%(settled)s = 1) AND (%(kind)s::text = '' OR kind = %(kind)s)
  AND (%(ordinary)s = 1 OR ordinary = 0) AND (%(system)s::text = '' OR system = %(system)s)
  AND substr(region, 1, length(%(region)s::text)) = %(region)s AND at >= %(since)s ORDER BY id LIMIT %(limit)s;
-- findings_to_look_at: the same of those that are open and not ordinary
SELECT id, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by, why
  FROM finding WHERE {odd} AND id > %(after)s AND (%(kind)s::text = '' OR kind = %(kind)s) AND (%(system)s::text = '' OR system = %(system)s)
  AND substr(region, 1, length(%(region)s::text)) = %(region)s AND at >= %(since)s ORDER BY id LIMIT %(limit)s;
-- finding_counts: open findings by kind and system
SELECT kind, system, ordinary, count(*) FROM finding WHERE settled_at = 0 GROUP BY kind, system, ordinary;
-- known: the newest version of one identity
SELECT version, digest, event FROM identity WHERE subject = %s AND key = %s;
-- set_message: a message's new state
UPDATE message SET state = %s, code = %s, reason = %s WHERE id = %s;
-- keep_with: a record with what was fetched for it later
UPDATE message SET body = %s WHERE id = %s;
-- tell_matter: an event is to be taken into the catalogue of matters
INSERT INTO matter_told (event) VALUES (%s);
-- matter_taken: it was
DELETE FROM matter_told WHERE event = %s;
-- matters_told: events that are to be taken, oldest first
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE id IN (SELECT event FROM matter_told ORDER BY event LIMIT %s) ORDER BY id;
-- refer: a message needs a blob
INSERT INTO blob_ref (blob, message) VALUES (%s, %s) ON CONFLICT DO NOTHING;
-- referred: whether any message needs a blob
SELECT 1 FROM blob_ref WHERE blob = %s LIMIT 1;
-- message: one message
SELECT id, system, at, kind, state, body, charset, ref, code, reason, backfill FROM message WHERE id = %s;
-- messages_in: messages in one state that needs a person, of one system, of one code, or all
SELECT id, system, at, kind, state, body, charset, ref, code, reason, backfill FROM message
  WHERE state = %(state)s AND {needs_a_person} AND (%(system)s::text IS NULL OR system = %(system)s)
  AND (%(code)s::text IS NULL OR code = %(code)s) AND id > %(after)s ORDER BY id LIMIT %(limit)s;
-- recent_messages: messages before one, newest first, of one system or all
SELECT id, system, at, kind, state, body, charset, ref, code, reason, backfill FROM message
  WHERE id < %(before)s AND at >= %(since)s AND (%(system)s::text IS NULL OR system = %(system)s) ORDER BY id DESC LIMIT %(limit)s;
-- recent_deliveries: deliveries before one, newest first, of one target or all
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE id < %(before)s AND accepted_at >= %(since)s AND (%(target)s::text IS NULL OR target = %(target)s) ORDER BY id DESC LIMIT %(limit)s;
-- parties: who told of a subject, and whom its events were sent to, by the first such event; warnings sent count last
SELECT system FROM (
  SELECT message.system AS system, 0 AS late, 2 * event.id AS at
    FROM event JOIN message ON message.id = event.message WHERE event.subject = %(subject)s
  UNION ALL
  SELECT delivery.target, CASE WHEN event.name LIKE 'alert.%%' THEN 1 ELSE 0 END, 2 * event.id + 1
    FROM event JOIN delivery ON delivery.event = event.id WHERE event.subject = %(subject)s) AS heard
  GROUP BY system ORDER BY min(late), min(at);
-- told_of: who told events of one name about a subject, and to whom each was sent, the newest first
SELECT event.id, message.at, message.system, event.key, coalesce(delivery.target, '') FROM event
  JOIN message ON message.id = event.message LEFT JOIN delivery ON delivery.event = event.id AND {went}
  WHERE event.subject = %s AND event.name = %s AND event.held_back = 0 ORDER BY event.id DESC, delivery.id DESC LIMIT %s;
-- happened: what a subject went through, without the contents; all of it without a limit
SELECT id, name, key, version, occurred FROM event WHERE subject = %s AND held_back = 0 ORDER BY id LIMIT %s::bigint;
-- event: one event
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event WHERE id = %s;
-- events_of_message: what a message yielded
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE message = %s ORDER BY id;
-- events_of_subject: a subject's events, oldest first
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE subject = %s ORDER BY id;
-- newest_of_subject: some of a subject's events, newest first
SELECT id, message, subject, name, version, key, digest, plan, fired, body, held_back FROM event
  WHERE subject = %s ORDER BY id DESC LIMIT %s;
-- release_event: a person decided for it
UPDATE event SET held_back = 0 WHERE id = %s;
-- delivery: one delivery
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE id = %s;
-- deliveries_of: an event's deliveries
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE event = %s ORDER BY id;
-- deliveries_of_subject: a subject's deliveries, through its events
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE event IN (SELECT id FROM event WHERE subject = %s) ORDER BY id;
-- lines_of: all unfinished deliveries of a subject
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE subject = %s AND {unfinished} AND NOT (state = 'dead' AND passes = 1) ORDER BY target, id;
-- open_of_subject: deliveries of a subject that wait for a later time
SELECT id FROM delivery WHERE subject = %s AND {unfinished} AND state IN ('waiting', 'retrying') AND due > %s;
-- journal_of_message: lines about a message that found no subject
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal
  WHERE message = %s AND message > 0 AND subject = 0 ORDER BY id;
-- set_cursor: how far a polled source was read
INSERT INTO cursor (system, since) VALUES (%s, %s) ON CONFLICT (system) DO UPDATE SET since = excluded.since;
-- cursor: how far a polled source was read, asked
SELECT since FROM cursor WHERE system = %s;
-- due: what a target has to do next, but for what waits for a person
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE target = %s AND {to_do} AND due < %s ORDER BY due, id LIMIT %s;
-- awaiting: what of a target waits until a time, or until somebody acts
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE target = %(target)s AND {to_do} AND due >= %(since)s AND state = 'waiting' AND id > %(after)s ORDER BY id LIMIT %(limit)s;
-- in_state: deliveries in one state
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE state = %(state)s AND {to_look_at}
  AND (%(target)s::text IS NULL OR target = %(target)s) AND id > %(after)s ORDER BY id LIMIT %(limit)s;
-- shadowed: what was mapped for a target and not sent
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE target = %(target)s AND {shadowed} AND id > %(after)s ORDER BY id LIMIT %(limit)s;
-- waiting_to_join: deliveries whose record waits for another event
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE {to_join} AND (%(target)s::text IS NULL OR target = %(target)s) ORDER BY id LIMIT %(limit)s;
-- counts: deliveries by target and state; of finished ones the time of the oldest is not looked for
SELECT target, state, count(*), 0::bigint FROM delivery WHERE {finished} GROUP BY target, state
  UNION ALL SELECT target, state, count(*), min(accepted_at) FROM delivery WHERE {unfinished} GROUP BY target, state
  UNION ALL SELECT target, state, count(*), min(accepted_at) FROM delivery WHERE {to_look_at} AND state = 'sent'
    GROUP BY target, state;
-- message_counts: messages by system and state
SELECT system, state, count(*) FROM message GROUP BY system, state;
-- retried: attempts beyond the first, by target
SELECT target, sum(attempts - 1)::bigint FROM delivery WHERE attempts > 1 GROUP BY target;
-- settled: unknown outcomes that were settled, by target
SELECT system, count(*) FROM journal WHERE what = 'settled' GROUP BY system;
-- delays: how long a target's newest finished deliveries took, in milliseconds
SELECT target, moved_at - accepted_at FROM delivery WHERE state IN ('confirmed', 'sent', 'returned')
  ORDER BY id DESC LIMIT 200000;
-- serials_of: every number of a subject
SELECT scope, kind, number FROM serial WHERE subject = %s ORDER BY kind, scope, number;
-- subjects_by_number: whatever a number points to
SELECT DISTINCT subject FROM serial WHERE number = %s ORDER BY subject;
-- open_cases: cases a system took or told of that nothing has closed, among some subjects; the last subject looked at
-- comes without a number where it is none
WITH looked AS (SELECT id, kind FROM subject WHERE id > %(after)s ORDER BY id LIMIT %(looked)s)
SELECT looked.id, serial.number FROM looked LEFT JOIN serial
  ON serial.subject = looked.id AND serial.kind = %(serial)s AND (serial.scope = '' OR serial.scope = %(system)s)
  AND looked.kind = 'case'
  AND EXISTS (
    SELECT 1 FROM event JOIN message ON message.id = event.message
    WHERE event.subject = looked.id AND message.at >= %(since)s AND (message.system = %(system)s OR EXISTS (
      SELECT 1 FROM delivery WHERE delivery.event = event.id AND delivery.target = %(system)s
        AND (delivery.state = 'sent' OR delivery.state = 'confirmed'))))
  AND NOT EXISTS (
    SELECT 1 FROM event WHERE event.subject = looked.id AND event.held_back = 0
      AND event.name IN (SELECT json_array_elements_text(%(closed_by)s::json)))
  ORDER BY looked.id;
-- keep_watch: how a case stands
INSERT INTO watch (subject, look_at, state, kind, due, region, item, item_name, org, "window", window_name,
  noted) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
  ON CONFLICT (subject) DO UPDATE SET look_at = excluded.look_at, state = excluded.state, kind = excluded.kind, due = excluded.due,
    region = excluded.region, item = excluded.item, item_name = excluded.item_name, org = excluded.org,
    "window" = excluded."window", window_name = excluded.window_name, noted = excluded.noted;
-- forget_watch: nothing of how a case stands
DELETE FROM watch WHERE subject = %s;
-- forget_warnings: nothing of a case's warnings
DELETE FROM warning WHERE subject = %s;
-- keep_warning: one warning of a case
INSERT INTO warning (subject, identity, level, verdict, open, clock, expected_at, no, raised_at, event, reply_by,
  replied_at, withdrawn_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);
-- look_again: judge a case anew
INSERT INTO watch (subject, look_at, state, kind, due, region, item, item_name, org, "window", window_name, noted)
  VALUES (%s, 0, '', '', 0, '', '', '', '', '', '', '[]') ON CONFLICT (subject) DO UPDATE SET look_at = 0;
-- set_noted: which findings a case has
UPDATE watch SET noted = %s WHERE subject = %s;
-- look_all_again: judge every case anew
UPDATE watch SET look_at = 0;
-- new_events: what was kept since
SELECT id, subject, name FROM event WHERE id > %s ORDER BY id LIMIT %s;
-- heard_of: a subject's events with when and from whom they came
SELECT event.id, event.message, subject, name, version, key, digest, plan, fired, event.body, held_back, at, system, backfill
  FROM event JOIN message ON message.id = event.message WHERE subject = %s AND held_back = 0 ORDER BY event.id;
-- to_look_at: whose time has come
SELECT subject FROM watch WHERE {looked_at} AND look_at <= %s ORDER BY look_at LIMIT %s;
-- watch: how a case stands, asked
SELECT subject, look_at, state, kind, due, region, item, item_name, org, "window", window_name,
  noted FROM watch WHERE subject = %s;
-- watched: cases whose limits still run
SELECT watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item, watch.item_name,
  watch.org, watch."window", watch.window_name, watch.noted FROM watch WHERE {running}
  AND (%(state)s::text = '' OR strpos(%(state)s::text, ' ' || state || ' ') > 0) AND substr(region, 1, length(%(region)s::text)) = %(region)s
  AND (%(window)s::text = '' OR "window" = %(window)s) AND (%(due_before)s = 0 OR (due > 0 AND due < %(due_before)s))
  ORDER BY due = 0, due, subject LIMIT %(limit)s;
-- watched_all: all cases that were ever watched
SELECT watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item, watch.item_name,
  watch.org, watch."window", watch.window_name, watch.noted FROM watch WHERE
  (%(state)s::text = '' OR strpos(%(state)s::text, ' ' || state || ' ') > 0) AND substr(region, 1, length(%(region)s::text)) = %(region)s
  AND (%(window)s::text = '' OR "window" = %(window)s) AND (%(due_before)s = 0 OR (due > 0 AND due < %(due_before)s))
  ORDER BY due = 0, due, subject LIMIT %(limit)s;
-- warnings: warnings that somebody should see to
SELECT warning.subject, warning.identity, warning.level, warning.verdict, warning.open, warning.clock,
  warning.expected_at, warning.no, warning.raised_at, warning.event, warning.reply_by, warning.replied_at,
  warning.withdrawn_at, watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item,
  watch.item_name, watch.org, watch."window", watch.window_name,
  watch.noted FROM warning JOIN watch ON watch.subject = warning.subject WHERE open = 1
  AND (%(level)s::text = '' OR level = %(level)s) AND substr(region, 1, length(%(region)s::text)) = %(region)s
  AND (%(window)s::text = '' OR "window" = %(window)s) AND (%(due_before)s = 0 OR (reply_by > 0 AND reply_by < %(due_before)s))
  ORDER BY reply_by = 0, reply_by, warning.subject, warning.identity LIMIT %(limit)s;
-- warnings_all: all warnings there were
SELECT warning.subject, warning.identity, warning.level, warning.verdict, warning.open, warning.clock,
  warning.expected_at, warning.no, warning.raised_at, warning.event, warning.reply_by, warning.replied_at,
  warning.withdrawn_at, watch.subject, watch.look_at, watch.state, watch.kind, watch.due, watch.region, watch.item,
  watch.item_name, watch.org, watch."window", watch.window_name,
  watch.noted FROM warning JOIN watch ON watch.subject = warning.subject WHERE
  (%(level)s::text = '' OR level = %(level)s) AND substr(region, 1, length(%(region)s::text)) = %(region)s
  AND (%(window)s::text = '' OR "window" = %(window)s) AND (%(due_before)s = 0 OR (reply_by > 0 AND reply_by < %(due_before)s))
  ORDER BY reply_by = 0, reply_by, warning.subject, warning.identity LIMIT %(limit)s;
-- warnings_of: the warnings of a case
SELECT subject, identity, level, verdict, open, clock, expected_at, no, raised_at, event, reply_by, replied_at,
  withdrawn_at FROM warning WHERE subject = %s ORDER BY raised_at = 0, raised_at, identity;
-- warnings_numbered: warnings of one number
SELECT subject, identity, level, verdict, open, clock, expected_at, no, raised_at, event, reply_by, replied_at,
  withdrawn_at FROM warning WHERE no = %s AND no <> '' ORDER BY subject, identity;
-- backfill_of: whether a run of the system is under way
SELECT 1 FROM backfill WHERE state = 'running' AND system = %s;
-- add_backfill: begin a run
INSERT INTO backfill (id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at)
  VALUES ((SELECT coalesce(max(id), 0) + 1 FROM backfill), %s, %s, %s, %s, %s, %s, 'running', '', 0, 0, 0, %s, 0) RETURNING id;
-- move_backfill: how far a run is
UPDATE backfill SET cursor = %s, read = %s, skipped = %s, refused = %s WHERE id = %s;
-- end_backfill: it has read all there is
UPDATE backfill SET state = 'done', ended_at = %s WHERE id = %s AND state = 'running';
-- backfill: one run
SELECT id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at
  FROM backfill WHERE id = %s;
-- backfills_running: those under way
SELECT id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at
  FROM backfill WHERE state = 'running' ORDER BY id;
-- backfills_of: the latest runs of a system
SELECT id, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at
  FROM backfill WHERE system = %s ORDER BY id DESC LIMIT %s;
-- backfill_messages: a run's messages by state
SELECT state, count(*) FROM message WHERE backfill = %s AND backfill > 0 GROUP BY state;
-- backfill_deliveries: deliveries of a run's events by target and state
SELECT delivery.target, delivery.state, count(*) FROM message JOIN event ON event.message = message.id
  JOIN delivery ON delivery.event = event.id WHERE message.backfill = %s AND message.backfill > 0
  GROUP BY delivery.target, delivery.state;
-- journal_of: every line that says it is of a subject, whatever other lines name as the one before them
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE subject = %s AND subject > 0 ORDER BY id;
-- line_of: all unfinished deliveries of a subject, those that block nobody among them
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low, claimed_by
  FROM delivery LEFT JOIN sent ON sent.delivery = id WHERE subject = %s AND {unfinished} ORDER BY id;
-- line_with: the same of the subject that a delivery is of, and that delivery itself though it be finished
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low, claimed_by
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE subject = (SELECT subject FROM delivery WHERE id = %(delivery)s) AND {unfinished}
UNION ALL
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low, claimed_by
  FROM delivery LEFT JOIN sent ON sent.delivery = id WHERE id = %(delivery)s AND NOT {unfinished} ORDER BY 1;
-- lines_of: the unfinished deliveries of several subjects
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low, claimed_by
  FROM delivery LEFT JOIN sent ON sent.delivery = id WHERE subject = ANY(%s) AND {unfinished} ORDER BY subject, id;
-- subjects_with: the subjects that several deliveries are of
SELECT DISTINCT subject FROM delivery WHERE id = ANY(%s);
-- heads: the newest journal line of each of some subjects
SELECT asked.subject, (SELECT max(id) FROM journal WHERE journal.subject = asked.subject AND journal.subject > 0)
  FROM unnest(%s::bigint[]) AS asked (subject);
-- pointed: the subjects that some serials point to
SELECT serial.number, serial.scope, serial.kind, serial.subject
  FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (number, scope, kind)
  JOIN serial ON serial.number = asked.number AND serial.scope = asked.scope AND serial.kind = asked.kind;
-- newest: the highest number given in each table that the program numbers
SELECT coalesce((SELECT max(id) FROM subject), 0), coalesce((SELECT max(id) FROM message), 0),
  coalesce((SELECT max(id) FROM event), 0), coalesce((SELECT max(id) FROM delivery), 0),
  coalesce((SELECT max(id) FROM journal), 0);
-- head: a subject's newest journal line
SELECT coalesce(max(id), 0) FROM journal WHERE subject = %s AND subject > 0;
-- mark: which group was written last, and by whom
UPDATE writer SET mark = %s, written = %s;
-- marked: which group was written last, and by whom, asked
SELECT mark, written FROM writer;
-- put_hold: what an operator holds
INSERT INTO hold (name, at, actor, reason, inbound) VALUES (%s, %s, %s, %s, %s)
  ON CONFLICT (name) DO UPDATE SET at = excluded.at, actor = excluded.actor, reason = excluded.reason,
    inbound = excluded.inbound;
-- drop_hold: it is held no longer
DELETE FROM hold WHERE name = %s;
-- holds: everything that is held
SELECT name, at, actor, reason, inbound FROM hold ORDER BY name;
-- unfinished: how many deliveries are not finished, counted up to a limit
SELECT count(*) FROM (SELECT 1 FROM delivery WHERE {unfinished} LIMIT %s) AS counted;
-- tried: wrong passwords counted under one key
SELECT since, times FROM tried WHERE key = %s;
-- set_tried: so many
INSERT INTO tried (key, since, times) VALUES (%s, %s, %s)
  ON CONFLICT (key) DO UPDATE SET since = excluded.since, times = excluded.times;
-- forget_tried: none any more
DELETE FROM tried WHERE key = %s;
-- forget_tried_before: none of those counted since before
DELETE FROM tried WHERE since < %s;
-- open_deliveries: what stands in one state that is not final, with its event's values and where they came from
SELECT picked.id, picked.event, picked.target, picked.name, picked.state, picked.attempts, picked.accepted_at, picked.code, picked.reason,
  message.system, event.body
  FROM (SELECT * FROM delivery WHERE {unfinished} AND state = %(state)s AND (%(target)s::text IS NULL OR target = %(target)s)
    AND id > %(after)s ORDER BY id LIMIT %(limit)s) AS picked
  JOIN event ON event.id = picked.event JOIN message ON message.id = event.message ORDER BY picked.id;
-- open_sent: the same of those that wait for a receipt
SELECT picked.id, picked.event, picked.target, picked.name, picked.state, picked.attempts, picked.accepted_at, picked.code, picked.reason,
  message.system, event.body
  FROM (SELECT * FROM delivery WHERE {to_look_at} AND state = %(state)s AND (%(target)s::text IS NULL OR target = %(target)s)
    AND id > %(after)s ORDER BY id LIMIT %(limit)s) AS picked
  JOIN event ON event.id = picked.event JOIN message ON message.id = event.message ORDER BY picked.id;
-- survey_messages: every message, with how many events it has
SELECT id, system, state, (SELECT count(*) FROM event WHERE event.message = message.id) FROM message
  WHERE id > %s ORDER BY id LIMIT %s;
-- survey_deliveries: every delivery, with what its event says
SELECT delivery.id, delivery.event, delivery.subject, target, state, passes, event.message, event.subject
  FROM delivery LEFT JOIN event ON event.id = delivery.event WHERE delivery.id > %s ORDER BY delivery.id LIMIT %s;
-- survey_journal: every line of the journal
SELECT id, at, what, message, delivery,
  CASE json_typeof(detail::json -> 'to') WHEN 'array' THEN json_array_length(detail::json -> 'to') ELSE 0 END, CASE what WHEN 'pruned' THEN detail ELSE '' END
  FROM journal WHERE id > %s ORDER BY id LIMIT %s;
-- survey_blobs: every blob that is needed
SELECT DISTINCT blob FROM blob_ref WHERE blob > %s ORDER BY blob LIMIT %s;
-- soundness: what the checksums of pages found, where the cluster keeps them
SELECT coalesce(checksum_failures, 0), coalesce(checksum_last_failure::text, '') FROM pg_stat_database
  WHERE datname = current_database();
-- steps: a stretch of the journal, with what each line is about and the message it leads to
SELECT journal.id, journal.at, journal.subject, coalesce(subject.kind, ''),
  CASE WHEN journal.message > 0 THEN journal.message ELSE coalesce(event.message, 0) END
  FROM journal LEFT JOIN subject ON subject.id = journal.subject LEFT JOIN delivery ON delivery.id = journal.delivery
  LEFT JOIN event ON event.id = delivery.event WHERE journal.id > %s ORDER BY journal.id LIMIT %s;
-- last_step: the newest line that says what a subject went through
SELECT id FROM journal WHERE subject = %s AND subject > 0 AND NOT {ageless} ORDER BY id DESC LIMIT 1;
-- message_held: a message without its body
SELECT id, system, at, state, backfill, length(body) FROM message WHERE id = %s;
-- events_held: a subject's events without their bodies
SELECT event.id, event.message, event.subject, coalesce(subject.kind, ''), event.name, event.key, event.held_back,
  length(event.body) FROM event LEFT JOIN subject ON subject.id = event.subject WHERE event.subject = %s ORDER BY event.id;
-- events_held_of: a message's events without their bodies
SELECT event.id, event.message, event.subject, coalesce(subject.kind, ''), event.name, event.key, event.held_back,
  length(event.body) FROM event LEFT JOIN subject ON subject.id = event.subject WHERE event.message = %s ORDER BY event.id;
-- deliveries_held: an event's deliveries, with how much of what was sent is kept
SELECT id, event, target, state, moved_at, CASE WHEN {to_join} THEN 1 ELSE 0 END, coalesce(length(sent.body), 0)
  FROM delivery LEFT JOIN sent ON sent.delivery = delivery.id WHERE event = %s ORDER BY id;
-- blobs_held: how many contents a message needs
SELECT count(*) FROM blob_ref WHERE message = %s;
-- odd_of: what somebody should look at about a subject
SELECT message, delivery FROM finding WHERE subject = %s AND {odd};
-- told_beside: of whom lines about one message tell, in a stretch of the journal
SELECT DISTINCT subject FROM journal WHERE id >= %(first)s AND id <= %(last)s AND message = %(message)s AND subject > 0 ORDER BY subject;
-- untaken: whether an event is to be taken into the catalogue of matters
SELECT 1 FROM matter_told WHERE event = %s;
-- newest_kept: the highest numbers in use
SELECT (SELECT coalesce(max(id), 0) FROM message), (SELECT coalesce(max(id), 0) FROM event),
  (SELECT coalesce(max(id), 0) FROM delivery), (SELECT coalesce(max(id), 0) FROM journal);
-- frozen: whether a case is kept as it is
SELECT subject, at, actor, why FROM frozen WHERE subject = %s;
-- frozen_cases: every case that is
SELECT subject, at, actor, why FROM frozen ORDER BY subject;
-- freeze: keep a case as it is
INSERT INTO frozen (subject, at, actor, why) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING;
-- thaw: no longer
DELETE FROM frozen WHERE subject = %s;
-- empty_message: forget a record
UPDATE message SET body = ''::bytea WHERE id = %s;
-- empty_event: forget an event's values
UPDATE event SET body = ''::bytea WHERE id = %s;
-- drop_sent: forget what was sent
DELETE FROM sent WHERE delivery = %s;
-- drop_refs: forget which contents a message needs
DELETE FROM blob_ref WHERE message = %s;
-- drop_message: forget a message
DELETE FROM message WHERE id = %s;
-- drop_event: forget an event
DELETE FROM event WHERE id = %s;
-- drop_identity: forget by what an event was told from others
DELETE FROM identity WHERE event = %s AND (subject, key) IN (SELECT subject, key FROM event WHERE id = %s);
-- drop_parked: forget by what a parked record was told from others
DELETE FROM identity WHERE subject = 0 AND event = %s;
-- drop_delivery: forget a delivery
DELETE FROM delivery WHERE id = %s;
-- drop_findings: forget a subject's findings that nobody has to look at, but for the newest of all: no number is given twice
DELETE FROM finding WHERE subject = %s AND (settled_at > 0 OR ordinary = 1) AND id < (SELECT max(id) FROM finding);
-- last: who wrote last
SELECT mark FROM writer;
-- enter: a new worker
INSERT INTO worker (name, role, host, pid, lines, keys, written, started_at, seen_at, gone_at)
  VALUES ('', '', '', 0, 0, '', 0, {now}, {now}, 0) RETURNING id;
-- wrote: which group a worker wrote last, which is a sign of life
UPDATE worker SET written = %(number)s, seen_at = {now} WHERE id = %(worker)s;
-- written: which group a worker wrote last, asked
SELECT written FROM worker WHERE id = %s;
-- enlist: what a worker says of itself
UPDATE worker SET name = %s, role = %s, host = %s, pid = %s, lines = %s, keys = %s, seen_at = {now} WHERE id = %s;
-- beat: a worker renews its lease, which had not run out
UPDATE worker SET seen_at = {now} WHERE id = %s AND gone_at = 0;
-- revive: a worker that was thought dead
UPDATE worker SET seen_at = {now}, gone_at = 0 WHERE id = %s;
-- workers: those that have not ended, and whether their leases run
SELECT id, name, role, host, pid, lines, keys, started_at, {now} - seen_at, seen_at > {now} - %(lease)s::bigint
  FROM worker WHERE gone_at = 0 AND pid <> 0 ORDER BY id;
-- living: those whose leases run
SELECT id FROM worker WHERE gone_at = 0 AND seen_at > {now} - %s::bigint;
-- bury: a worker ended
UPDATE worker SET gone_at = {now} WHERE id = %(worker)s AND gone_at = 0
  AND (%(surely)s OR seen_at <= {now} - %(lease)s::bigint);
-- forget_workers: those that ended long ago
DELETE FROM worker WHERE seen_at < {now} - 604800000 AND (gone_at > 0 AND gone_at < {now} - 604800000 OR pid = 0);
-- all_ended: whoever there was has ended
UPDATE worker SET gone_at = {now} WHERE gone_at = 0;
-- nothing_claimed: nobody has anything in hand
UPDATE delivery SET claimed_by = 0 WHERE claimed_by <> 0;
-- no_duties: nobody has any duty
DELETE FROM duty;
-- take_duties: those of some that nobody has
INSERT INTO duty (name, worker) SELECT wanted, %s FROM unnest(%s::text[]) AS asked (wanted) ON CONFLICT (name) DO NOTHING;
-- free_duties: a worker has none any more
DELETE FROM duty WHERE worker = %s;
-- duties: what who does
SELECT name, worker FROM duty ORDER BY name;
-- claim: a worker takes in hand what is due, or what it had and lost sight of
WITH free AS (
  SELECT id FROM delivery WHERE target = %(target)s AND {to_do} AND due <= %(now)s AND low = %(low)s
    AND (claimed_by = 0 OR claimed_by = %(worker)s) AND id <> ALL(%(besides)s::bigint[]) ORDER BY due, id LIMIT %(most)s),
taken AS (
  UPDATE delivery SET claimed_by = %(worker)s FROM free WHERE delivery.id = free.id
  RETURNING delivery.id, event, subject, target, name, state, due, attempts, accepted_at, reason, code, passes, low, claimed_by)
SELECT taken.id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low, claimed_by
  FROM taken LEFT JOIN sent ON sent.delivery = taken.id ORDER BY due, taken.id;
-- let_go: a worker gives back what it did not send
UPDATE delivery SET claimed_by = 0 WHERE id = ANY(%s::bigint[]) AND claimed_by = %s AND claimed_by <> 0 AND state <> 'sending';
-- left_by: what a worker was sending
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE claimed_by = %s AND claimed_by <> 0 AND state = 'sending' ORDER BY id;
-- left_by_nobody: what nobody who is known was sending
SELECT id, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code, passes, low
  FROM delivery LEFT JOIN sent ON sent.delivery = id
  WHERE {to_look_at} AND state = 'sending' AND claimed_by = 0 ORDER BY id;
-- free: a worker has nothing in hand any more
UPDATE delivery SET claimed_by = 0 WHERE claimed_by = %s AND claimed_by <> 0;
-- bring_forward: nothing of a target is due later
UPDATE delivery SET due = %(latest)s WHERE target = %(target)s AND {to_do} AND due > %(latest)s AND due < %(never)s;
-- tell: other processes are told what is new
SELECT pg_notify(%s, %s);
-- claims: how much each worker has in hand
SELECT claimed_by, count(*) FROM delivery WHERE claimed_by <> 0 GROUP BY claimed_by;
-- due_targets: targets that have something to do which nobody has in hand
SELECT asked.target FROM unnest(%s::text[]) AS asked (target) WHERE EXISTS (
  SELECT 1 FROM delivery WHERE delivery.target = asked.target AND {to_do} AND due <= %s AND claimed_by = 0);
-- stray_claims: claims of who ended, claims on what nobody can have in hand, and attempts that nobody claims
SELECT delivery.id, state, claimed_by FROM delivery LEFT JOIN worker ON worker.id = claimed_by AND gone_at = 0
  WHERE claimed_by <> 0 AND (worker.id IS NULL OR NOT ({to_do} OR state = 'sending'))
UNION ALL
SELECT id, state, 0 FROM delivery WHERE {to_look_at} AND state = 'sending' AND claimed_by = 0
  AND EXISTS (SELECT 1 FROM worker WHERE gone_at = 0) ORDER BY 1 LIMIT %s;
-- end_stuck: who holds the pen and waits for its program, which does nothing with it, ended
SELECT pg_terminate_backend(pg_stat_activity.pid) FROM pg_locks JOIN pg_stat_activity ON pg_stat_activity.pid = pg_locks.pid
  WHERE locktype = 'advisory' AND granted AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)
  AND wait_event_type = 'Client' AND greatest(query_start, state_change) < clock_timestamp() - %s * interval '1 millisecond';
-- tree: how far the tree has come
SELECT size, reached, hash FROM tree WHERE one = 1;
-- set_tree: as far as it is now
INSERT INTO tree (one, size, reached, hash) VALUES (1, %s, %s, %s)
  ON CONFLICT (one) DO UPDATE SET size = excluded.size, reached = excluded.reached;
-- tile: one tile of the tree
SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = %s AND number = %s;
-- tiles: tiles of the first level
SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = 0 AND number > %s ORDER BY number LIMIT %s;
-- tiles_beyond: those of the first level that hold lines above a number
SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = 0 AND last > %s ORDER BY number;
-- tiles_with: those of the first level that may hold a line
SELECT level, number, first, last, hashes, entries, salts, raws FROM (
  SELECT level, number, first, last, hashes, entries, salts, raws FROM tile WHERE level = 0 AND last >= %s ORDER BY last LIMIT 64
) AS near WHERE first <= %s ORDER BY number;
-- set_tile: a tile as it is now
INSERT INTO tile (level, number, first, last, hashes, entries, salts, raws) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
  ON CONFLICT (level, number) DO UPDATE SET first = excluded.first, last = excluded.last, hashes = excluded.hashes,
  entries = excluded.entries, salts = excluded.salts, raws = excluded.raws;
-- lines: lines of the journal as they are stored
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id > %s ORDER BY id LIMIT %s;
-- commit_m: what binds us to a record; without its salt where that is gone
INSERT INTO commitment (kind, "of", entry, mark, salt, value) VALUES ('m', %(of)s::bigint, %(entry)s::bigint, %(mark)s::bytea,
  CASE WHEN EXISTS (SELECT 1 FROM message WHERE id = %(of)s::bigint AND body <> ''::bytea) THEN %(salt)s::bytea ELSE ''::bytea END, %(value)s::bytea)
  ON CONFLICT (kind, "of") DO UPDATE SET entry = excluded.entry, mark = excluded.mark, salt = excluded.salt, value = excluded.value;
-- commit_d: the same of what was sent
INSERT INTO commitment (kind, "of", entry, mark, salt, value) VALUES ('d', %(of)s::bigint, %(entry)s::bigint, %(mark)s::bytea,
  CASE WHEN EXISTS (SELECT 1 FROM sent WHERE delivery = %(of)s::bigint) THEN %(salt)s::bytea ELSE ''::bytea END, %(value)s::bytea)
  ON CONFLICT (kind, "of") DO UPDATE SET entry = excluded.entry, mark = excluded.mark, salt = excluded.salt, value = excluded.value;
-- drop_salt_m: the salt goes with the record
UPDATE commitment SET salt = ''::bytea WHERE kind = 'm' AND "of" = %s;
-- drop_salt_d: and with what was sent
UPDATE commitment SET salt = ''::bytea WHERE kind = 'd' AND "of" = %s;
-- commitments: what binds us to records, or to what was sent
SELECT kind, "of", entry, mark, salt, value FROM commitment WHERE kind = %s AND "of" = ANY(%s::bigint[]) ORDER BY "of";
-- heads_m: how sealed records begin
SELECT id, substr(body, 1, 46) FROM message WHERE id = ANY(%s::bigint[]) AND body <> ''::bytea;
-- heads_d: how what was sent begins, sealed
SELECT delivery, substr(body, 1, 46) FROM sent WHERE delivery = ANY(%s::bigint[]);
-- sealed_m: records, sealed
SELECT id, body FROM message WHERE id = ANY(%s::bigint[]) AND body <> ''::bytea;
-- sealed_d: what was sent, sealed
SELECT delivery, body FROM sent WHERE delivery = ANY(%s::bigint[]);
-- keep_checkpoint: a signed checkpoint
INSERT INTO checkpoint (size, at, note) VALUES (%s, %s, %s) ON CONFLICT (size) DO UPDATE SET at = excluded.at, note = excluded.note;
-- checkpoints: signed checkpoints
SELECT size, at, note FROM checkpoint WHERE size > %s ORDER BY size LIMIT %s;
-- newest_checkpoint: the last of them
SELECT size, at, note FROM checkpoint ORDER BY size DESC LIMIT 1;
-- journal_entry: one line of the journal
SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id = %s;
-- pointers: what numbers point to
SELECT scope, kind, number, subject FROM serial WHERE number = ANY(%s::text[]) ORDER BY number, scope, kind;
-- message_from: the first message from a number on
SELECT id, at FROM message WHERE id >= %s ORDER BY id LIMIT 1;
-- told_between: what a system told, message by message
SELECT event.id, event.message, subject, name, version, key, digest, occurred, held_back, message.at, message.state
  FROM message JOIN event ON event.message = message.id
  WHERE message.id >= %(message)s AND message.id <= %(last)s AND message.system = %(system)s
    AND (message.id > %(message)s OR event.id > %(event)s) ORDER BY message.id, event.id LIMIT %(limit)s;
-- told_of_subjects: what a system told about some
SELECT event.id, event.message, subject, name, version, key, digest, occurred, held_back, message.at, message.state
  FROM event JOIN message ON message.id = event.message
  WHERE message.system = %s AND message.id <= %s AND event.subject = ANY(%s::bigint[]) ORDER BY event.id;
-- contents: what events say, sealed
SELECT id, body FROM event WHERE id = ANY(%s::bigint[]) AND body <> ''::bytea;
-- went: the deliveries of events
SELECT event, id, target, state FROM delivery WHERE event = ANY(%s::bigint[]) ORDER BY id;
-- keep_reconciliation: what came of it
INSERT INTO reconciliation (system, day, at, actor, counts) VALUES (%s, %s, %s, %s, %s)
  ON CONFLICT (system, day) DO UPDATE SET at = excluded.at, actor = excluded.actor, counts = excluded.counts;
-- reconciliations: the latest days of a system
SELECT system, day, at, actor, counts FROM reconciliation WHERE system = %s ORDER BY day DESC LIMIT %s;
