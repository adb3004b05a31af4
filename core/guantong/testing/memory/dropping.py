"""Retention on the store in memory: the part of its transaction that prunes and freezes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guantong.retentionstore import Frozen
from guantong.testing.memory.asking import Asks
from guantong.testing.memory.tables import forget, newest


class Drops(Asks):
    """`guantong.retentionstore.KeepsHeld`."""

    def drop_contents(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        t = self._tables
        t.messages.update({one: replace(t.messages[one], body=b"") for one in messages if one in t.messages})
        t.events.update({one: replace(t.events[one], body=b"") for one in events if one in t.events})
        t.deliveries.update({one: replace(t.deliveries[one], body=None, kind="") for one in deliveries if one in t.deliveries})
        self._need_nothing(messages)
        self._drop_salts(messages, deliveries)

    def drop_rows(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        for event in events:
            row = self._tables.events.get(event)
            known = None if row is None else self._tables.identities.get((row.subject, row.key))
            if row is not None and known is not None and known.event == event:
                del self._tables.identities[row.subject, row.key]
        for table, numbers in ((self._tables.deliveries, deliveries), (self._tables.moved, deliveries), (self._tables.events, events),
                               (self._tables.occurred, events), (self._tables.messages, messages)):
            forget(table, *numbers)
        self._need_nothing(messages)
        self._drop_salts(messages, deliveries)

    def drop_parked(self, message: int) -> None:
        known = self._tables.identities
        forget(known, *[key for key, one in known.items() if key[0] == 0 and one.event == message])

    def drop_case(self, subject: int) -> None:
        t = self._tables
        forget(t.identities, *[key for key in t.identities if key[0] == subject])
        forget(t.handled, *[key for key in t.handled if key[1] == subject])
        forget(t.lookups, *[key for key in t.lookups if key[1] == subject])
        forget(t.watches, subject)
        forget(t.warnings, *[key for key in t.warnings if key[0] == subject])
        last = newest(t.findings)  # which stays: no number is given twice
        forget(t.findings, *[row.id for row in t.findings.values()
                             if row.subject == subject and (row.settled_at or row.ordinary) and row.id < last])

    def freeze(self, frozen: Frozen) -> bool:
        return self._tables.frozen.setdefault(frozen.subject, frozen) is frozen

    def thaw(self, subject: int) -> bool:
        return self._tables.frozen.pop(subject, None) is not None

    def give_back_space(self, pages: int) -> bool:  # noqa: ARG002 -- there is nothing to give back
        return False

    def _need_nothing(self, messages: Sequence[int]) -> None:
        forget(self._tables.blobs, *[key for key in self._tables.blobs if key[1] in messages])

    def _drop_salts(self, messages: Sequence[int], deliveries: Sequence[int]) -> None:
        bound = self._tables.commitments
        gone = [("m", one) for one in messages] + [("d", one) for one in deliveries]
        bound.update({key: bound[key]._replace(salt=b"") for key in gone if key in bound})
