"""Every verb that changes something leaves a line in the journal with who did it: a new verb fails here until it is told of.

Acts on objects (`Act`) have a test of their own; the other verbs are walked here."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import typer
from tests.journey.world import HALL, step
from tests.operations.test_hub import hub_on, tell
from tests.retention.keeping import keeping, pruned, whole_case

from guantong.backfillstore import BackfillOrder
from guantong.cli import build_app
from guantong.control import ask, ask_reload, ask_unmasking
from guantong.journey.begun import begin_by
from guantong.matters import NO_MATTERS
from guantong.operations import Act, Order
from guantong.operations.unmasking import Unmasking

LOOKS = frozenset({
    "alerts list", "alerts show", "audit acts", "audit keys show", "audit verifier", "audit verify", "calendar check", "calendar show", "check", "conflicts list", "county posts", "county ready",
    "dead groups", "dead list", "dead show", "deadlines", "keys new", "keys show", "monthly", "doctor", "findings kinds", "findings list", "findings show",
    "mapping coverage", "mapping diff", "mapping prove", "mapping schema", "mapping show", "mapping suggest", "mapping to-excel",
    "mapping versions", "matters crosswalk", "matters export", "matters list", "matters show", "openapi", "queues", "retention plan",
    "shadow", "sites connected", "sites export", "sites history", "sites list", "sites show", "sites template", "test", "try",
    "unknown list", "workers",
})
"""Change nothing that is kept."""
PROVES = frozenset({"audit checkpoint", "audit keys new", "audit stamp request"})
"""Sign what the journal holds, or make the key for it: the checkpoint, which names its key, says so itself; a line of the journal for
each would have to be signed again."""
APART = frozenset({"demo", "drill", "simulate"})
"""Work on records and homes of their own; so does whatever measures (`bench …`)."""
BY_ACT = {
    "conflicts choose": {Act.KEEP_NEW, Act.KEEP_OLD}, "dead discard": {Act.DISCARD}, "dead replay": {Act.REPLAY},
    "dead restore": {Act.RESTORE}, "findings settle": {Act.SETTLE}, "hold": {Act.HOLD, Act.HOLD_INBOUND}, "purge": {Act.DISCARD},
    "audit freeze": {Act.FREEZE}, "audit thaw": {Act.THAW}, "release": {Act.RELEASE}, "retention freeze": {Act.FREEZE}, "retention thaw": {Act.THAW}, "retention redact": {Act.REDACT}, "return": {Act.RETURN},
    "unknown resolve": {Act.TOOK_EFFECT, Act.DID_NOT},
}
"""Carried out by acts: `test_acts_audited`."""
JOURNALED = {"audit export": "exported", "audit proof": "unmasked", "audit stamp import": "stamped", "backfill": "backfill_begun", "keys rotate": "key_changed", "reconcile": "reconciled", "reload": "mappings_taken", "retention run": "pruned", "trace": "unmasked", "move": "moved", "provenance": "unmasked"}
"""Leave a line of this kind; `move` is tried in tests/stores/test_moving.py, `audit export` in tests/pack, `audit proof` in tests/cli/test_audit.py, `audit stamp import` in tests/cli/test_audit_stamp.py,
`provenance` in tests/provenance, the others below."""
OF_FILES = {
    "calendar import": "begun", "county add": "begun", "mapping draft": "mappings_taken", "mapping from-excel": "mappings_taken",
    "matters import": "matters_taken", "sites import": "sites_taken", "sites undo": "sites_taken", "run": "begun",
}
"""Write files, which say who wrote them where they are versions; a hub that works by them journals that, from when on."""


def _verbs(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    inside = getattr(command, "commands", None)
    if inside is None:
        yield " ".join(path)
    for name, one in (inside or {}).items():
        yield from _verbs(one, (*path, name))


def test_every_verb_is_told_of_and_every_act_has_its_verb() -> None:
    """In one place each; so what a new verb changes has to be said."""
    kinds: list[set[str]] = [set(LOOKS), set(PROVES), set(APART), set(BY_ACT), set(JOURNALED), set(OF_FILES)]
    assert sum(map(len, kinds)) == len(set().union(*kinds))
    verbs = {verb for verb in _verbs(typer.main.get_command(build_app())) if not verb.startswith("bench ")}
    assert set().union(*kinds) == verbs
    assert set().union(*BY_ACT.values()) == set(Act)


def _lines(reader: Any, what: str) -> list[tuple[str, dict[str, Any]]]:
    """(who, detail) of every line of this kind."""
    numbers = [entry.id for entry in reader.survey_journal(0, 1000) if entry.what == what]
    rows = [reader._one("journal_entry", (number,)) for number in numbers]
    return [(row[8], orjson.loads(row[9])) for row in rows]


async def test_what_is_done_over_the_socket_is_journaled_with_who_and_why(tmp_path: Path) -> None:
    """Mappings taken up, values shown unmasked, a hold: the person of each is in its line."""
    async with hub_on(tmp_path, {}) as hub:
        await tell(hub, step("1", "P1"))
        mapping = tmp_path / "mappings/plain/case.step.yaml"
        mapping.write_text(mapping.read_text(encoding="utf-8").replace("  title: title\n", "  title: {at: title, via: [trim]}\n"), encoding="utf-8")
        assert (await ask_reload(tmp_path, "李工", "补空格", dry_run=False))["state"] == "taken"
        await ask_unmasking(tmp_path, Unmasking("张工", "群众来电", [1]))
        await ask(tmp_path, Order(Act.HOLD, [HALL], "陈工", "升级"))
        reader = hub.engine.reader
        assert [(who, detail["why"]) for who, detail in _lines(reader, "mappings_taken")] == [("李工", "补空格")]
        assert [(who, detail["why"]) for who, detail in _lines(reader, "unmasked")] == [("张工", "群众来电")]
        assert [who for who, _ in _lines(reader, "held")] == ["陈工"]
        await hub.backfills.begin([BackfillOrder("east.approval", 0, 0, 1.0, "王工")])
        assert [who for who, _ in _lines(reader, "backfill_begun")] == ["王工"]


async def test_a_run_of_retention_is_journaled_with_who_ran_it(tmp_path: Path) -> None:
    """Each case that went, and the run."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
        await pruned(it, 201)
        assert [who for who, _ in _lines(it.reader, "pruned")] == ["陈工"]
        assert [(who, detail["lots"]) for who, detail in _lines(it.reader, "retention_run")] == [("陈工", {"east case contents": 1})]


async def test_what_a_hub_begins_with_is_journaled_where_it_changed(tmp_path: Path) -> None:
    """Settings, mappings and matters by their versions, before and after; a start that changes nothing adds no line."""
    async with hub_on(tmp_path, {}):
        pass
    async with hub_on(tmp_path, {}) as hub:
        (first,) = _lines(hub.engine.reader, "begun")
        assert (first[0], first[1]["before"], first[1]["after"]["matters"]) == ("hub", {}, NO_MATTERS.number)
    routes = tmp_path / "config/routes.yaml"
    routes.write_text(routes.read_text(encoding="utf-8") + "  # 已核对\n", encoding="utf-8")
    async with hub_on(tmp_path, {}) as hub:
        _, second = _lines(hub.engine.reader, "begun")
        assert second[1]["before"] == first[1]["after"]
        assert second[1]["after"]["settings"] != first[1]["after"]["settings"]
        assert {one["file"] for one in first[1]["changed"]} >= {"routes.yaml", "guantong.yaml"}
        (changed,) = second[1]["changed"]
        assert (changed["file"], second[1]["files_changed"], second[1]["login"]) == ("routes.yaml", 1, getpass.getuser())
        assert changed["before"] == next(one["after"] for one in first[1]["changed"] if one["file"] == "routes.yaml") != changed["after"]
        assert changed["after"] == hashlib.sha256(routes.read_bytes()).hexdigest()[:16]
        assert changed["owner"] == routes.owner()
        written = datetime.fromisoformat(changed["written"]).timestamp()
        assert abs(written - routes.stat().st_mtime) < 1
        assert not await begin_by(hub.engine)


