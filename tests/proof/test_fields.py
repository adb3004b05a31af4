"""What a record says, field by field, is what was accepted: as it was decoded, and as its events are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs
from tests.journey.attachments import FILES as WITH_MATERIALS
from tests.journey.attachments import PDF, material
from tests.journey.world import World, step, world
from tests.proof.evidence import bound_of, signed

from guantong.blobs.folding import Part
from guantong.journey.accept import accept
from guantong.journey.keptnatives import natives_of
from guantong.journey.translate import decode
from guantong.operations import Act as Word
from guantong.proof.binding import event_told, group_digest, native_told
from guantong.proof.hashing import HASHES
from guantong.proof.verifying import Verdict, verify
from guantong.record import Record

EAST = "east.approval"
FOUND = "GT955"


def verdict(it: World) -> Verdict:
    """What is found, native fields and all."""
    with it.reader.snapshot():
        return verify(it.reader, it.engine.vault, [], decodes=partial(natives_of, it.engine.configuration))


def tamper(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "var/guantong.db") as connection:
        connection.execute(statement, values)
    connection.close()


def altered(it: World, home: Path, event: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Somebody who has the keys alters a kept event."""
    row = it.reader.event(event)
    assert row is not None
    values = orjson.loads(it.engine.vault.open(row.body))
    change(values)
    tamper(home, "UPDATE event SET body = ? WHERE id = ?", it.engine.vault.seal(orjson.dumps(values)), event)


async def test_every_field_is_held_against_its_commitment(tmp_path: Path) -> None:
    """Six of the record and six of the event; what is sent has its bytes only."""
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1", opinion="同意", region="445202", ver=2))
        await it.quiet()
        await signed(it.engine)
        found = verdict(it)
        assert (found.problems, found.bodies, found.fields, found.undecoded) == ([], 3, 12, 0)
        assert verify(it.reader, it.engine.vault, []).fields == 6  # unless they are decoded anew, those of the event alone


@pytest.mark.parametrize("change", [
    lambda values: values.update({"step.opinion": "不同意"}), lambda values: values.pop("step.opinion"),
    lambda values: values.update({"step.remark": "x"}), lambda values: values.update({"title": values["step.code"], "step.code": values["title"]}),
    lambda values: values.update({"version": "1"}),
])
async def test_an_altered_event_is_found(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """By whoever has the keys and the database: a value, one less, one more, two swapped, a text in place of a number."""
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1", title="t", opinion="同意"), step("2", "P1"))
        await it.quiet()
        await signed(it.engine)
        altered(it, tmp_path, 1, change)
        (problem,) = verdict(it).problems
        assert (problem.code.id, problem.details["about"]) == (FOUND, "M1/case.step")
        altered(it, tmp_path, 2, lambda values: values.update({"title": "x"}))
        assert [one.code.id for one in verdict(it).problems] == [FOUND] * 2


async def test_events_that_were_swapped_or_put_in_are_found(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1"))
        await it.tell(EAST, step("2", "P1"))
        await it.quiet()
        await signed(it.engine)
        bodies = [row.body for row in (it.reader.event(1), it.reader.event(2)) if row is not None]
        for event, body in zip((2, 1), bodies, strict=True):
            tamper(tmp_path, "UPDATE event SET body = ? WHERE id = ?", body, event)
        assert [one.details["about"] for one in verdict(it).problems] == ["M1/case.step", "M2/case.step"]


async def test_a_repetition_is_bound_though_its_event_is_not_kept(tmp_path: Path) -> None:
    """Alone, and between others in one message: to the records, and to the events that are kept."""
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1"))
        await it.tell(EAST, step("1", "P1"))
        await it.tell(EAST, step("0", "P1"), step("1", "P1"), step("2", "P1"))
        await it.quiet()
        await signed(it.engine)
        found = verdict(it)
        bound = bound_of(it, 3)
        assert (found.problems, bound.natives, len(bound.groups), len(it.reader.events_of_message(3))) == ([], 3, 5, 2)


async def test_a_parked_record_is_bound_to_what_was_decoded_and_replayed_to_its_events(tmp_path: Path) -> None:
    """The line that says it was replayed binds us anew; those before it stand as they were sealed."""
    wrong = {"type": "step", "no": "P1", "title": "t", "stage": "7"}
    async with world(tmp_path) as it:
        await it.tell(EAST, wrong)
        await signed(it.engine)
        found = verdict(it)
        assert (found.problems, found.fields) == ([], 3)
        parked = it.reader.commitments("m", [1])
    mapping = tmp_path / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("step.code: code", "step.code: [code, stage]"), encoding="utf-8")
    async with world(tmp_path) as it:
        await it.act(Word.REPLAY, "M1")
        assert verdict(it).problems == []  # not sealed yet
        await it.quiet()
        await signed(it.engine)
        found = verdict(it)
        assert (found.problems, found.fields) == ([], 3 + 4)
        (replayed,), (before,) = it.reader.commitments("m", [1]), parked
        line = it.reader.line(replayed.entry)
        assert line is not None
        assert (line.what, replayed.entry > before.entry, replayed.value == before.value) == ("replayed", True, False)


async def test_contents_are_bound_by_their_references(tmp_path: Path) -> None:
    """Inside the record and beside it; nothing of a content is read to verify, so it may be gone."""
    async with world(tmp_path, files=WITH_MATERIALS) as it:
        await it.tell(EAST, material(name="身份证.pdf"))
        with it.engine.blobs.incoming() as incoming:
            incoming.write(PDF)
            blob = incoming.keep()
        await accept(it.engine, Record(EAST, orjson.dumps(material(None, "2")), parts=(Part("file", blob),)))
        await accept(it.engine, Record(EAST, orjson.dumps(material(None, "3")), parts=(Part("file", blob, "x", "name"),)))  # nobody claims it
        await it.quiet()
        await signed(it.engine)
        assert [state.value for state in it.message_states()] == ["routed", "routed", "parked"]
        found = verdict(it)
        assert ([one.line() for one in found.problems], found.undecoded) == ([], 0)
        for message in (1, 2):
            row = it.reader.message(message)
            assert row is not None
            (native,) = natives_of(it.engine.configuration, row, it.engine.vault.open_folded(row.body)) or ()
            assert native.fields["file"] == str(blob)


async def test_a_record_that_is_read_otherwise_by_now_is_told_from_one_that_was_altered(tmp_path: Path) -> None:
    """Its bytes are proved all the same. Where nobody can read it any more that is counted."""
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1", opinion="同意"))
        await it.quiet()
        await signed(it.engine)

        def otherwise(row: Any, folded: Any) -> Sequence[Any]:
            return [one._replace(kind="other") for one in natives_of(it.engine.configuration, row, folded) or ()]

        found = verify(it.reader, it.engine.vault, [], decodes=otherwise)
        (problem,) = found.problems
        assert problem.message("en").startswith("M1 gives other fields now than when entry E1 (")
        assert problem.message("en").endswith(") committed to them; its bytes are those of that time")
        assert (problem.code.id, found.bodies, found.undecoded) == ("GT965", 3, 1)
        gone = verify(it.reader, it.engine.vault, [], decodes=lambda *_: None)
        assert (gone.problems, gone.undecoded, gone.bodies) == ([], 1, 3)


async def test_a_mistake_of_ours_is_bound_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that cannot be told, for whatever reason, is kept and sealed."""
    async with world(tmp_path) as it:
        monkeypatch.setattr("guantong.journey.admission.to_events", None)
        await it.tell(EAST, step("1", "P1"))
        await signed(it.engine)
        row = it.reader.message(1)
        assert row is not None
        assert (row.state, bound_of(it, 1).natives, len(bound_of(it, 1).groups), verdict(it).problems) == ("parked", 1, 1, [])


async def test_a_record_that_its_codec_fails_over_is_bound_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is not held up by it, and it is told once."""
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1"))
        await it.tell(EAST, step("2", "P1"))
        await it.quiet()
        monkeypatch.setattr("guantong.proof.sequencer.natives_of", None)
        with capture_logs() as logs:
            await signed(it.engine)
        told = [one for one in logs if one["event"].startswith("proof.")]
        assert [(one["event"], one["about"], one["error"]) for one in told] == [("proof.fields_not_bound", "m1", "TypeError")]
        assert [(bound_of(it, number).natives, len(bound_of(it, number).groups)) for number in (1, 2)] == [(0, 1), (0, 1)]
        assert verdict(it).problems == []


async def test_what_is_committed_to_is_what_was_decoded_and_mapped(tmp_path: Path) -> None:
    """The groups are those of the very values."""
    async with world(tmp_path) as it:
        record = Record(EAST, orjson.dumps(step("1", "P1", opinion="同意")))
        await accept(it.engine, record)
        row, event = it.reader.message(1), it.reader.event(1)
        assert row is not None
        assert event is not None
        await signed(it.engine)
        bound = bound_of(it, 1)
        (native,) = decode(it.system(EAST), record)
        values = orjson.loads(it.engine.vault.open(event.body))
        assert list(bound.groups) == [group_digest(HASHES["sha256"], bound.seed, number, told)
                                      for number, told in enumerate((native_told(*native), event_told("case.step", values)))]
