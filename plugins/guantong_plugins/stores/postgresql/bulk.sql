-- What is written much, many rows at a time: `rows` in braces stands for that many lists of values.

-- subject: new subjects without history
INSERT INTO subject (id, kind) VALUES {rows};
-- serial: numbers that point to subjects
INSERT INTO serial (number, scope, kind, subject) VALUES {rows};
-- message: records
INSERT INTO message (id, system, at, kind, state, charset, ref, code, reason, backfill, body) VALUES {rows};
-- event: events
INSERT INTO event (id, message, subject, name, version, key, digest, plan, fired, held_back, occurred, body) VALUES {rows};
-- delivery: events on their way to one system
INSERT INTO delivery (id, event, subject, target, name, state, due, attempts, accepted_at, moved_at, passes, low, code, reason)
  VALUES {rows};
-- moved: deliveries' new states
UPDATE delivery SET state = new.state, moved_at = new.at, due = new.due, attempts = new.attempts, code = new.code,
  reason = new.reason, claimed_by = new.claimed_by
  FROM (VALUES {rows}) AS new (id, state, at, due, attempts, code, reason, claimed_by) WHERE delivery.id = new.id;
-- sent: the bytes that were sent
INSERT INTO sent (delivery, kind, body) VALUES {rows}
  ON CONFLICT (delivery) DO UPDATE SET kind = excluded.kind, body = excluded.body;
-- identity: the newest version of event identities
INSERT INTO identity (subject, key, version, digest, event) VALUES {rows}
  ON CONFLICT (subject, key) DO UPDATE SET version = excluded.version, digest = excluded.digest, event = excluded.event;
-- journal: lines of the journal
INSERT INTO journal (id, previous, at, what, subject, message, delivery, system, actor, detail) VALUES {rows};
