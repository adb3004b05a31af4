"""Everything that is not finished, and everything there is, of the store in memory."""

from __future__ import annotations

import orjson

from guantong.journey.states import DeliveryState
from guantong.openstore import OpenRow
from guantong.surveystore import DeliveryFacts, EntryFacts, MessageFacts
from guantong.testing.memory.asking import Asks


class Surveys(Asks):
    """`guantong.openstore.ReadsOpen` and `guantong.surveystore.ReadsSurvey`."""

    def open_deliveries(self, state: DeliveryState, target: str | None = None, limit: int = 1000, after: int = 0) -> list[OpenRow]:
        events, messages = self._tables.events, self._tables.messages
        rows = [row for row in self._tables.deliveries.values() if row.state is state and target in (None, row.target) and row.id > after]
        return [OpenRow(row.id, row.event, row.target, row.name, row.state, row.attempts, row.accepted_at, row.code, row.reason,
                        messages[events[row.event].message].system, events[row.event].body) for row in rows[:limit]]

    def integrity(self) -> list[str]:
        """What a program has in its memory is sound."""
        return []

    def survey_messages(self, after: int, limit: int) -> list[MessageFacts]:
        rows = [row for row in self._tables.messages.values() if row.id > after][:limit]
        return [MessageFacts(row.id, row.system, row.state, len(self.events_of_message(row.id))) for row in rows]

    def survey_deliveries(self, after: int, limit: int) -> list[DeliveryFacts]:
        found: list[DeliveryFacts] = []
        for row in [row for row in self._tables.deliveries.values() if row.id > after][:limit]:
            event = self._tables.events.get(row.event)
            message, subject = (None, None) if event is None else (event.message, event.subject)
            found.append(DeliveryFacts(row.id, row.event, row.subject, row.target, row.state, row.passes, message, subject))
        return found

    def survey_journal(self, after: int, limit: int) -> list[EntryFacts]:
        lines = [line for line in self._tables.journal.values() if line.id > after][:limit]
        return [EntryFacts(line.id, line.at, line.what, line.message, line.delivery, _many(line.detail.get("to")),
                           orjson.dumps(line.detail).decode() if line.what == "pruned" else "") for line in lines]

    def survey_blobs(self, after: str, limit: int) -> list[str]:
        return sorted({blob for blob, _ in self._tables.blobs if blob > after})[:limit]


def _many(to: object) -> int:
    return len(to) if isinstance(to, list) else 0
