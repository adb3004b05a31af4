"""Whether rows that would be written fit the tables as they really are: every column of theirs must be there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guantong.adapter import ProbeStep
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Outgoing
from guantong_adapters.table import codes
from guantong_adapters.table.layout import Layouts
from guantong_adapters.table.probe import CATEGORIES
from guantong_adapters.table.settings import TableSettings
from guantong_adapters.table.wrapping import Facts, row_of


def misfits(system: str, layouts: Layouts, settings: TableSettings, written: Sequence[Outgoing]) -> list[ProbeStep]:
    """A failed step for every column of *written* that its table has not, and a reminder of records that go into no
    table; each once. What a procedure is called with is not compared: its parameters are its own."""
    found: dict[tuple[str, str], ProbeStep] = {}
    for outgoing in written:
        for problem in _amiss(system, layouts, settings, outgoing):
            table = str(problem.details.get("table", outgoing.kind))
            category = CATEGORIES.get(problem.code.id, "settings") if problem.code.severity == "error" else ""
            step = ProbeStep("table", table, 0.0, category, problem)
            found.setdefault((table, str(problem.details.get("column", problem.code.id)).lower()), step)
    return list(found.values())


def _amiss(system: str, layouts: Layouts, settings: TableSettings, outgoing: Outgoing) -> Iterator[Problem]:
    sent = settings.send.get(outgoing.kind)
    if sent is None:
        yield Problem(codes.NO_PLACE, Place(), f"{system}.settings.send", {"kind": outgoing.kind, "event": outgoing.event})
        return
    if sent.procedure is not None:
        return
    try:
        row = row_of(sent, Facts(outgoing.kind, outgoing.key, outgoing.fields, outgoing.body, 0.0))
    except ProblemsError as error:
        yield from error.problems
        return
    layout = layouts[sent.table or outgoing.kind]
    for name in row:
        try:
            layout.real(name, f"send.{outgoing.kind}")
        except ProblemsError as error:
            yield from error.problems
