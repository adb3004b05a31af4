"""Proofs: what comes back from a round trip, what does not, and whether that is declared."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping.prove import FieldProof, Prover
from guantong.mapping.showing import Shower
from guantong.plugins import registry
from guantong.record import Native
from guantong.starter import starter

NOTHING: dict[str, Any] = {"system": {}, "site": {}, "case": {}}


@pytest.fixture
def proven(load: Callable[..., Any]) -> Callable[..., dict[tuple[str, str], FieldProof]]:
    """The proofs of one mapping by law and path, of generated events and of these records."""

    def run(rules: str, *records: dict[str, Any], dialect: str = "") -> dict[tuple[str, str], FieldProof]:
        head = f"dialect: county\ntitle: {{zh: 县, en: County}}\ncodec: json\n{dialect}"
        world = load({"county/case.step.yaml": f"event: case.step\nrecord: STEP\n{rules}"}, dialect=head)
        assert world.lines() == []
        prover = Prover(world.dialects["county"], Shower(world.model), registry().functions)
        assert dict(prover.generated())
        for fields in records:
            prover.record(Native("STEP", fields), NOTHING)
        return {(one.law, one.path): one for one in prover.proofs()}

    return run


def losses(proof: FieldProof) -> list[tuple[str, str]]:
    return [(one.cause, one.why) for one in proof.losses.values()]


CODES = 'step.code: {at: CODE, codes: {handling: ["1", "01"], review: "2", approval: "3"}}'


def test_plain_fields_of_every_type_come_back_exactly(proven: Callable[..., Any]) -> None:
    """Every generated value: rare characters, markup, controls, edges of numbers and days."""
    proofs = proven(f"""
fields:
  {CODES}
  opinion: TEXT
  version: VER
  fee: FEE
  urgent: URGENT
  step.day: DAY
  step.at: {{at: AT, format: iso}}
  id_no: ID
  materials: {{each: LIST, fields: {{name: NAME, kind: {{at: KIND, codes: {{original: "0", copy: "1"}}}}, count: COUNT}}}}
""")
    assert {path: one.status for (_, path), one in proofs.items()} == dict.fromkeys([
        "fee", "id_no", "materials.count", "materials.kind", "materials.name", "opinion", "step.at", "step.code", "step.day",
        "urgent", "version"], "exact")
    assert proofs["event", "opinion"].exact >= 30


def test_losses_a_rule_declares_are_lossy_with_its_reason(proven: Callable[..., Any]) -> None:
    """A function's own reason, `lossy:`, a cut, a fallback, a format without fractions, a word for nothing."""
    proofs = proven("""
fields:
  step.code: {at: CODE, codes: {handling: "1"}, otherwise: {in: handling, out: "9"}}
  opinion:   {at: TEXT, via: [trim]}
  reason:    {at: WHY, max_bytes: 30, over: cut}
  step.at:   {at: AT, format: yyyy-MM-dd HH:mm, lossy: no seconds over there}
  operator:  {at: NAME, empty: 无}
""", dialect="null_words: [null]\n")
    told = {path: {cause for cause, _ in losses(one)} for (_, path), one in proofs.items()}
    assert told == {"step.code": {"otherwise"}, "opinion": {"function", "null"}, "reason": {"cut", "null"}, "step.at": {"lossy"},
                    "operator": {"null"}}
    assert ("function", "the spaces are not kept") in losses(proofs["event", "opinion"])
    assert ("lossy", "no seconds over there") in losses(proofs["event", "step.at"])
    assert {one.status for one in proofs.values()} == {"lossy"}


def test_a_loss_nothing_declares_is_a_finding(proven: Callable[..., Any]) -> None:
    """Directions that disagree: what is written as one thing and read as another."""
    proofs = proven("""
fields:
  step.code: {at: CODE, codes: {handling: "1", review: "2", approval: "3"}}
in:
  opinion: A
  reason: B
  materials: {each: LIST, fields: {kind: {at: KIND, codes: {original: "1", copy: "0"}}}}
out:
  A: reason
  B: opinion
  LIST: {from: materials, fields: {KIND: {from: kind, codes: {original: "0", copy: "1"}}}}
""")
    assert {path: one.status for (_, path), one in proofs.items()} == {
        "step.code": "exact", "opinion": "undeclared", "reason": "undeclared", "materials.kind": "undeclared"}
    [loss] = proofs["event", "materials.kind"].losses.values()
    assert (loss.cause, {loss.before, loss.after}) == ("", {"'original'", "'copy'"})


def test_what_the_mapping_says_of_itself_is_declared(proven: Callable[..., Any]) -> None:
    """Two codes written as one, a field only written, one read from what another wrote, and said to be."""
    proofs = proven("""
in:
  step.code: {at: CODE, codes: {handling: "1", approval: "3"}}
  reason: {at: TEXT, lossy: the column holds the opinion}
out:
  CODE: {from: step.code, codes: {handling: "1", review: "3", approval: "3"}}
  TEXT: opinion
""")
    assert {path: (one.status, losses(one)) for (_, path), one in proofs.items()} == {
        "step.code": ("lossy", [("merged", "step.code")]), "opinion": ("one-way", []),
        "reason": ("lossy", [("lossy", "the column holds the opinion")]),
    }


def test_refusals_by_name_are_no_losses(proven: Callable[..., Any]) -> None:
    """A value a limit or a table refuses is counted by its code, and its neighbours are still proven."""
    proofs = proven("""
fields:
  step.code: {at: CODE, codes: {handling: "1"}}
  opinion: {at: TEXT, max_bytes: 40}
  reason: WHY
""")
    assert {path: one.status for (_, path), one in proofs.items()} == {"step.code": "exact", "opinion": "exact", "reason": "exact"}
    assert set(proofs["event", "opinion"].refused) == {"GT247"}
    assert set(proofs["event", "step.code"].refused) == {"GT243"}
    assert sum(proofs["event", "reason"].refused.values()) == 0


def test_conditions_are_proven_where_they_hold(proven: Callable[..., Any]) -> None:
    """A field carried only under a condition comes back under it; that it does not otherwise is declared."""
    proofs = proven(f"""
fields:
  {CODES}
  reason: {{at: WHY, when: {{step.code: [review]}}}}
""")
    assert proofs["event", "reason"].exact > 30
    assert losses(proofs["event", "reason"]) == [("when", "")]


def test_records_come_back_but_for_what_is_declared(proven: Callable[..., Any]) -> None:
    """The law of records: aliases, other spellings and formats are written in their first form."""
    proofs = proven(f"""
fields:
  {CODES}
  step.at: {{at: [AT, TIME], format: [yyyyMMddHHmmss, yyyy-M-d]}}
  version: VER
in:
  opinion: TEXT
""", {"CODE": "01", "TIME": "2014-7-5", "VER": "007", "TEXT": "only read"}, {"CODE": "1", "AT": "20140715103000", "VER": "7"})
    assert {path: (one.status, losses(one)) for (law, path), one in proofs.items() if law == "record"} == {
        "AT": ("exact", []), "CODE": ("lossy", [("also", "")]), "TIME": ("lossy", [("alias", "")]),
        "VER": ("lossy", [("normalised", "")]), "TEXT": ("one-way", []),
    }


# --- the verb ---------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(build_app("mapping"), ["mapping", "prove", *arguments, "--home", str(home)])


@pytest.mark.parametrize("name", sorted(file.parent.name for file in starter("mappings").glob("*/dialect.yaml")))
def test_the_shipped_dialects_lose_nothing_undeclared(home: Path, name: str) -> None:
    """Every field comes back, or says why it does not."""
    result = run(home, name, "--json")
    answer = orjson.loads(result.stdout)
    undeclared = [(one["mapping"], one["path"]) for one in answer["fields"] if one["status"] == "undeclared"]
    assert (result.exit_code, undeclared) == (0, [])
    assert answer["fields"] or answer["one_way"]


def test_the_verb_names_what_is_not_declared(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1, the undeclared first, with an example; personal values masked."""
    monkeypatch.setenv("COLUMNS", "200")  # whoever runs the tests may have said how wide their terminal is
    file = home / "mappings/rongcheng/case.step.yaml"
    file.write_text(file.read_text("utf-8") + "out:\n  post: operator.name\n", "utf-8")
    result = run(home, "rongcheng", "--lang", "en")
    assert result.exit_code == 1
    first = result.stdout.splitlines()[2]
    assert ("lost, and nothing says so" in first, "step.post · - → '" in first) == (True, True)


def test_a_sample_file_is_proven_beside_the_pairs(home: Path) -> None:
    """Its fields are counted under the law of records; what cannot be read ends with exit 2."""
    (home / "a.json").write_bytes(orjson.dumps({"type": "step", "stepCode": "1", "time": "2014-7-8 9:1:5", "memo": "x"}))
    before, after = (orjson.loads(run(home, "rongcheng", *more, "--json").stdout) for more in ([], [str(home / "a.json")]))

    def seen(answer: dict[str, Any]) -> int:
        return sum(one["exact"] for one in answer["fields"] if (one["law"], one["mapping"], one["path"]) == ("record", "case.step", "memo"))

    assert seen(after) == seen(before) + 1
    assert run(home, "rongcheng", str(home / "none.json")).exit_code == 2
