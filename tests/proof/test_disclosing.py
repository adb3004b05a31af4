"""One field is shown with its line, and nothing else of the record; whatever is altered in that is found with the stand-alone file."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.journey.home import FILES
from tests.journey.world import World, step, world
from tests.proof.evidence import HUB, KEY, bound_of, signed
from tests.retention.keeping import keeping, pruned, whole_case

from guantong.journey.keptnatives import natives_of
from guantong.operations import Act as Word
from guantong.problems import ProblemsError
from guantong.proof import standalone
from guantong.proof.disclosing import Disclosing, Wanted
from guantong.proof.hashing import HASHES
from guantong.proof.proving import find, proof
from guantong.store import Entry, Transaction

EAST = "east.approval"
NUMBER, OPINION = "445202199002031232", "符合条件，同意"
PUBLIC = standalone.read_key(KEY.verifier.text)


def bundle(it: World, entry: int, *fields: str, raw: bool = False) -> Any:
    """What `guantong audit proof --field …` prints."""
    sealed = find(it.reader, entry)
    assert sealed is not None
    tree = it.reader.tree()
    assert tree is not None
    disclosing = Disclosing(it.reader, it.engine.vault, HASHES[tree.hash], partial(natives_of, it.engine.configuration))
    found = orjson.loads(orjson.dumps(proof(it.reader, [entry], KEY.verifier.text)))
    found["entries"][0]["record"] = orjson.loads(orjson.dumps(disclosing.of(sealed, Wanted(fields, raw))))
    return found


def shown(found: Any) -> list[tuple[str, str, list[Any]]]:
    """What an auditor sees of it."""
    (record,) = standalone.check(found, PUBLIC).shown
    assert record is not None
    return record.fields


def refused(it: World, entry: int, *fields: str, raw: bool = False) -> str:
    with pytest.raises(ProblemsError) as caught:
        bundle(it, entry, *fields, raw=raw)
    (problem,) = caught.value.problems
    assert problem.code.id == "GT966"
    return problem.message("en")


async def _told(it: World) -> None:
    await it.tell(EAST, step("1", "P1", title=NUMBER, opinion=OPINION))
    await it.quiet()
    await signed(it.engine)


@pytest.fixture(scope="module", params=["sha256", "sm3"])
def one(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """Proof of the first line, its opinion shown."""
    folder, files = tmp_path_factory.mktemp(request.param), {HUB: FILES[HUB] + f"audit: {{hash: {request.param}}}\n"}

    async def live() -> Any:
        async with world(folder, files=files) as it:
            await _told(it)
            return bundle(it, 1, "step.opinion", "step.code")

    return asyncio.run(live())


def test_a_field_is_shown_and_proved(one: Any) -> None:
    """In both hash functions; the others are hashes, and no word of theirs is there."""
    assert shown(one) == [("case.step", "step.code", ["1"]), ("case.step", "step.opinion", [OPINION])]
    text = orjson.dumps(one["entries"][0]["record"]).decode()
    assert OPINION in text
    assert not [word for word in (NUMBER, "title", "serial", "P1") if word in text]
    assert [isinstance(each, dict) for each in one["entries"][0]["record"]["groups"]] == [False, True]


def _first(one: Any) -> Any:
    return one["entries"][0]["record"]["groups"][1]["fields"]


def _opened(one: Any) -> list[Any]:
    return [field for field in _first(one) if isinstance(field, dict)]


def _swapped(one: Any) -> None:
    first, second = _opened(one)
    first["text"], second["text"] = second["text"], first["text"]


def _paths_swapped(one: Any) -> None:
    first, second = _opened(one)
    told = [orjson.loads(field["text"]) for field in (first, second)]
    first["text"], second["text"] = (orjson.dumps([path[0], value[1]]).decode() for path, value in (told, told[::-1]))


def _moved(one: Any) -> None:
    _first(one).append(_first(one).pop(0))


def _longer_salt(one: Any) -> None:
    """Some of the text's bytes are called salt."""
    field = _opened(one)[0]
    field["salt"] += field["text"][:2].encode().hex()
    field["text"] = field["text"][2:]


def _record(one: Any) -> Any:
    return one["entries"][0]["record"]


@pytest.mark.parametrize("change", [
    lambda one: _opened(one)[1].update(text=_opened(one)[1]["text"].replace("同意", "不同意")),
    lambda one: _opened(one)[0].update(text='["step.code","2"]'), lambda one: _opened(one)[0].update(text='["step.code",1]'),
    lambda one: _opened(one)[0].update(text='["step.cod","1"]'), lambda one: _opened(one)[0].update(text=' ["step.code","1"]'),
    lambda one: _opened(one)[0].update(salt="00" * 16), lambda one: _opened(one)[0].update(salt=_opened(one)[1]["salt"]),
    lambda one: _opened(one)[0].update(salt=""), _longer_salt, _swapped, _paths_swapped, _moved,
    lambda one: _first(one).pop(), lambda one: _first(one).append("00" * 32), lambda one: _first(one).__setitem__(0, _opened(one)[0]),
    lambda one: _record(one)["groups"][1].update(name='"case.finish"'), lambda one: _record(one)["groups"].reverse(),
    lambda one: _record(one)["groups"].append("00" * 32), lambda one: _record(one)["groups"].pop(0), lambda one: _record(one).update(natives=2),
    lambda one: _record(one).update(raw="00" * 32), lambda one: _record(one).pop("groups"),
    lambda one: _record(one).update(raw={"salt": "00" * 16, "content": ""}), lambda one: one["entries"][0].update(record=None),
])
def test_whatever_is_altered_in_what_is_shown_is_found(one: Any, change: Callable[[Any], Any]) -> None:
    """A value, its type, a path, a salt, a place, a name, the kind of a group, one more or less."""
    altered = copy.deepcopy(one)
    change(altered)
    with pytest.raises(standalone.Wrong):
        standalone.check(altered, PUBLIC)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["raw", "groups", "natives", "fields", "name", "text", "salt", "content"]), inner)))
@settings(max_examples=150, deadline=None)
def test_what_is_no_record_is_told_and_never_a_traceback(record: Any) -> None:
    with pytest.raises(standalone.Wrong):
        standalone.shown(record, ["guantong-entry/1", "", 7, *[""] * 9, "00" * 32], "sha256")


def test_nothing_of_the_others_can_be_found_out_from_a_field(one: Any) -> None:
    """Whoever has the proof tries every value of the field that holds a person's number, with every salt that stands there or can be made
    of those: the true one is not told from the others."""
    digest = HASHES[one["hash"]].digest
    hidden = {field for field in _first(one) if isinstance(field, str)}
    known = [bytes.fromhex(field["salt"]) for field in _opened(one)]
    salts = [*known, bytes(16), b"", known[0][:0], *(digest(salt)[:16] for salt in known), *(bytes(a ^ b for a, b in zip(*known, strict=True)),)]
    candidates = [f"4452021990020312{last:02d}" for last in range(100)]
    assert NUMBER in candidates
    assert not {digest(salt + f'["title","{candidate}"]'.encode()).hex() for salt in salts for candidate in candidates} & hidden


async def test_native_fields_and_bytes_are_shown_too(tmp_path: Path) -> None:
    """By the name of the source's own column; by that of the event first, where both are called so; what lies below a path."""
    async with world(tmp_path) as it:
        await _told(it)
        assert shown(bundle(it, 1, "opinion")) == [("step", "opinion", [OPINION])]
        assert shown(bundle(it, 1, "title")) == [("case.step", "title", [NUMBER])]
        assert shown(bundle(it, 1, "step:title")) == [("step", "title", [NUMBER])]
        assert shown(bundle(it, 1, "serial")) == [("case.step", "serial.province", ["P1"])]
        (record,) = standalone.check(bundle(it, 1, raw=True), PUBLIC).shown
        assert record is not None
        assert record.content is not None
        assert (record.fields, orjson.loads(record.content)["opinion"]) == ([], OPINION)
        sent = next(line.id for line in it.reader.lines(0, 100) if line.delivery == 1)
        (record,) = standalone.check(bundle(it, sent, raw=True), PUBLIC).shown
        assert record is not None
        assert record.content == it.hall.sent[0].body
        assert refused(it, sent, "title") == f"entry E{sent} cannot show title: there is no such field in it"


async def test_a_field_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        await _told(it)
        assert refused(it, 1, "step.opinon") == "entry E1 cannot show step.opinon: there is no such field in it; did you mean step.opinion?"


async def test_a_person_s_number_that_retention_took_is_gone_for_good(tmp_path: Path) -> None:
    """Neither shown nor found: of what is left in the home, no hash of the record can be made by trying every number."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
        await signed(it.engine)
        entry = next(line.id for line in it.reader.lines(0, 100) if line.message == 1)
        bound = bound_of(it, 1)
        await pruned(it, 201)
        await signed(it.engine)
        assert refused(it, entry, "title") == f"entry E{entry} cannot show title: its content is gone: guantong trace says when it was pruned or redacted"
        left = b"".join(path.read_bytes() for path in (tmp_path / "var").glob("guantong.db*"))
        assert not [one for one in (bound.seed, bound.raw_salt) if one in left]  # without them the digests of groups are random bytes
        assert it.reader.commitments("m", [1])[0].salt == b""
        assert bound.value in left  # the leaf stands


async def test_what_an_earlier_version_accepted_shows_its_bytes(tmp_path: Path) -> None:
    """Its commitment is to them alone."""
    async with world(tmp_path) as it:
        await it.tell(EAST, step("1", "P1"))
        older = it.engine.vault.seal(b"as it came")
        await it.engine.store.write(lambda tx: tx.keep_with(1, older))
        await signed(it.engine)
        (record,) = standalone.check(bundle(it, 1, raw=True), PUBLIC).shown
        assert record == standalone.Shown([], b"as it came")
        assert refused(it, 1, "title") == "entry E1 cannot show title: an earlier version accepted it, and bound us to its bytes alone"


async def test_a_line_before_a_replay_cannot_show_what_came_of_it(tmp_path: Path) -> None:
    """The line of the replay can."""
    async with world(tmp_path) as it:
        await it.tell(EAST, {"type": "step", "no": "P1", "title": "t", "stage": "7"})
        await signed(it.engine)
    mapping = tmp_path / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("step.code: code", "step.code: [code, stage]"), encoding="utf-8")
    async with world(tmp_path) as it:
        assert shown(bundle(it, 1, "stage")) == [("step", "stage", ["7"])]
        await it.act(Word.REPLAY, "M1")
        await it.quiet()
        await signed(it.engine)
        assert refused(it, 1, "stage") == (
            "entry E1 cannot show stage: its record was kept anew since, and the line that says so binds us to that")
        later = next(line.id for line in it.reader.lines(1, 100) if line.message == 1)
        assert shown(bundle(it, later, "step.code")) == [("case.step", "step.code", ["7"])]
        none = await it.engine.store.write(_note)
        await signed(it.engine)
        assert refused(it, none, raw=True) == f"entry E{none} cannot show the record: it is bound to no record"


def _note(tx: Transaction) -> int:
    return tx.note(Entry(1, "held", system="city.hall", actor="陈工"))


async def test_what_was_altered_is_never_shown(tmp_path: Path) -> None:
    """A record, or an event, that is not what was accepted."""
    async with world(tmp_path) as it:
        await _told(it)
        event = it.engine.vault.seal(orjson.dumps({"title": "x", "step.code": "1"}))
        with sqlite3.connect(tmp_path / "var/guantong.db") as connection:
            connection.execute("UPDATE event SET body = ? WHERE id = 1", (event,))
        assert shown(bundle(it, 1, "title")) == [("step", "title", [NUMBER])]  # the record's own still stands
        assert refused(it, 1, "step.code").startswith("entry E1 cannot show step.code: there is no such field in it")
        with sqlite3.connect(tmp_path / "var/guantong.db") as connection:
            connection.execute("UPDATE message SET body = ? WHERE id = 1", (it.engine.vault.seal(b"{}"),))
        connection.close()
        assert refused(it, 1, "title") == "entry E1 cannot show title: it is not what was committed to"
