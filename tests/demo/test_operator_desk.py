"""The demo's operator: settles an attempt without a known end by the very record, as the county's ledger has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from guantong_adapters.simulation.ledger import Ledger
from guantong_plugins.demo import operator_desk
from guantong_plugins.demo.books import Books
from guantong_plugins.demo.books.entry import Entry
from guantong_plugins.demo.hub import Hub
from guantong_plugins.demo.operator_desk import OperatorDesk

SYSTEM, SERIAL = "jiedong.approval", "10000010200699301511407210001"


@dataclass
class Asked:
    """A hub of which one card has no known end."""

    sent: dict[str, str]
    resolved: list[tuple[str, ...]] = field(default_factory=list)

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

    def command(self, *words: str) -> str:
        if words[0] == "unknown":
            self.resolved.append(words[2:4])
            return ""
        assert words == ("trace", "D410", "--values", "--json")
        fields = [{"target": name, "value": value} for name, value in self.sent.items()]
        return json.dumps({"hops": [{"kind": "EX_GDBS_YJ", "fields": fields}]})


@pytest.mark.parametrize(("kind", "fields", "verdict"), [
    ("EX_GDBS_SB", {}, "--did-not"),
    ("EX_GDBS_YJ", {"JCBH": "JC4"}, "--did-not"),
    ("EX_GDBS_YJ", {"JCBH": "JC5", "SJBBH": "2"}, "--did-not"),
    ("EX_GDBS_YJ", {"JCBH": "JC5"}, "--took-effect"),
], ids=["only the case's application", "another card of the case", "another version of the card", "the card itself"])
def test_only_the_record_that_was_sent_says_that_it_took_effect(
    kind: str, fields: dict[str, str], verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case has several records at a county: its application, and maybe more than one card."""
    Ledger(tmp_path / "ledger.db").effect(kind, (SERIAL,), {"SBLSH": SERIAL, "SJBBH": "1", **fields}, "1")
    entries = [{"id": "D410", "system": SYSTEM, "event": "alert.raised"}, {"id": "D7", "system": "city.hall", "event": "case.step"}]
    monkeypatch.setattr(operator_desk, "unknown_entries", lambda _reader: entries)
    hub = Asked({"SBLSH": SERIAL, "SJBBH": "1", "JCBH": "JC5", "YJNR": "***"})
    card = Entry(SYSTEM, "JD20140721-0005", 1, "alert.raised", "EX_GDBS_YJ", 1, {}, ("JCBH",))
    books: Any = type("Kept", (), {"entries": [card]})()
    desk = OperatorDesk(cast(Hub, hub), cast(Books, books), {SYSTEM: tmp_path / "ledger.db"})
    desk.settle_unknown()
    assert (hub.resolved, desk.settled) == ([("D410", verdict)], 1)
