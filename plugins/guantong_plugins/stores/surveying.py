"""Everything that is not finished, and everything there is, of a store that is asked in SQL. Part of `SqlReader`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.journey.states import BLOCKING, DeliveryState
from guantong.openstore import OpenRow
from guantong.surveystore import DeliveryFacts, EntryFacts, MessageFacts


class SqlSurvey(ABC):
    """`guantong.openstore.ReadsOpen`, and of `guantong.surveystore.ReadsSurvey` all that no product does its own way."""

    @abstractmethod
    def _all(self, name: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """The rows of the statement *name*."""

    def open_deliveries(self, state: DeliveryState, target: str | None = None, limit: int = 1000,
                        after: int = 0) -> list[OpenRow]:
        values = {"state": str(state), "target": target, "limit": limit, "after": after}
        rows = self._all("open_deliveries" if state in BLOCKING else "open_sent", values)
        return [OpenRow(*row)._replace(state=state) for row in rows]

    def survey_messages(self, after: int, limit: int) -> list[MessageFacts]:
        return [MessageFacts(*row) for row in self._all("survey_messages", (after, limit))]

    def survey_deliveries(self, after: int, limit: int) -> list[DeliveryFacts]:
        return [DeliveryFacts(*row)._replace(passes=bool(row[5])) for row in self._all("survey_deliveries", (after, limit))]

    def survey_journal(self, after: int, limit: int) -> list[EntryFacts]:
        return [EntryFacts(*row) for row in self._all("survey_journal", (after, limit))]

    def survey_blobs(self, after: str, limit: int) -> list[str]:
        return [row[0] for row in self._all("survey_blobs", (after, limit))]
