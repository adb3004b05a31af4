"""`guantong try`: one sample through a shipped mapping, with where each value came from; nothing is sent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import app_for, build_app
from guantong.cli.mappinghome import Mappings, mappings_in, own_and_inherited_pairs
from guantong.cli.try_ import tried_in, tried_out
from guantong.starter import starter

STEP = {"SBLSH": "10000000100000000011407150001", "SPHJDM": "1", "SPSJ": "2014-9-19 14:10:10", "SPRXM": "王小明", "NEW": "x"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    return tmp_path


def run(home: Path, mapping: str, sample: dict[str, Any], *options: str) -> Result:
    """Run the verb on *sample* as JSON."""
    (home / "sample.json").write_bytes(orjson.dumps(sample))
    return CliRunner().invoke(build_app("try"), ["try", mapping, str(home / "sample.json"), "--home", str(home), *options])


def fields(result: Result) -> dict[str, dict[str, Any]]:
    """The shown fields of the one trial, by target."""
    [trial] = orjson.loads(result.stdout)["trials"]
    return {one["target"]: one for one in trial["fields"]}


def test_a_sample_is_shown_field_by_field(home: Path) -> None:
    """Target, value, source, raw value, rule, file and line; and what is unread."""
    result = run(home, "gd-exchange/case.step", STEP, "--json")
    assert result.exit_code == 0
    at = fields(result)["step.at"]
    assert (at["value"], at["source"], at["raw"], at["fired"]) == (
        "2014-09-19T14:10:10+08:00", "SPSJ", "2014-9-19 14:10:10", True)
    assert at["file"].startswith("mappings/gd-exchange/case.step.yaml:")
    assert orjson.loads(result.stdout)["trials"][0]["unread"] == ["NEW"]


def test_the_row_of_a_code_table_is_shown_with_its_file_and_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row in force on the day of the event: table, word, days and place; on a screen that has room, table, line and dialect."""
    monkeypatch.setenv("COLUMNS", "160")
    finish = {"YWLSH": "JX1", "BJJGDM": "6", "BJSJ": "2019-05-01 10:00:00"}
    options = ("--kind", "EX_GDBS_BJ")
    assert fields(run(home, "jiexi/case.finish", finish, "--json", *options))["outcome"]["row"] == {
        "table": "outcome.finish", "word": "granted", "value": "6", "from": "2019-01-01", "until": "2020-12-31",
        "file": "mappings/jiexi/codes/outcome.finish.yaml:15:18"}
    assert "outcome.finish:15（jiexi）" in run(home, "jiexi/case.finish", finish, *options).stdout


def test_personal_values_are_masked_unless_revealed(home: Path) -> None:
    """Names and numbers are masked on the screen and in JSON, raw values too."""
    assert fields(run(home, "gd-exchange/case.step", STEP, "--json"))["operator.name"]["raw"] == "王**"
    assert fields(run(home, "gd-exchange/case.step", STEP, "--json", "--reveal"))["operator.name"]["value"] == "王小明"
    assert "王小明" not in run(home, "gd-exchange/case.step", STEP).stdout


def test_a_sample_with_problems_says_them_all_and_exits_1(home: Path) -> None:
    """What could be read is still shown."""
    result = run(home, "gd-exchange/case.step", {**STEP, "SPHJDM": "77", "SPSJ": "soon"}, "--json")
    assert result.exit_code == 1
    assert [problem["code"] for problem in orjson.loads(result.stdout)["trials"][0]["problems"]] == ["GT243", "GT244"]
    assert "operator.name" in fields(result)


def test_an_event_is_shown_on_its_way_out(home: Path) -> None:
    """With --out, canonical JSON becomes the native record; what would be awaited is told."""
    event = {"step.code": "handling", "step.at": "2014-07-15T10:30:00+08:00"}
    waiting = run(home, "gd-hall/case.step", event, "--out", "--lang", "en")
    assert waiting.exit_code == 0
    assert "serial.province is not there yet: a delivery would wait 600 s" in waiting.stdout.replace("\n", " ")
    (home / "facts.json").write_bytes(orjson.dumps({"case": {"serial.province": "1"}}))
    shown = fields(run(home, "gd-hall/case.step", event, "--out", "--json", "--context", str(home / "facts.json")))
    assert (shown["SBLSH"]["source"], shown["SPSJ"]["value"]) == ("$case.serial.province", "2014-07-15 10:30:00")


@pytest.mark.parametrize(("mapping", "said"), [("gd-exchang/case.step", "gd-exchange?"), ("gd-exchange/case.stop", "case.step?")])
def test_an_unknown_name_gets_the_nearest_one(home: Path, mapping: str, said: str) -> None:
    """Wrong usage exits 2 and says what was meant."""
    result = run(home, mapping, STEP)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_bytes_no_codec_reads_and_missing_files_are_told(home: Path) -> None:
    """No trace of ours, exit 2."""
    (home / "bad.json").write_bytes(b"<xml/>")
    for file in ("bad.json", "none.json"):
        result = CliRunner().invoke(build_app("try"), ["try", "gd-exchange", str(home / file), "--home", str(home)])
        assert (result.exit_code, "[GT26" in result.stderr) == (2, True)


def test_a_sample_becomes_a_pair_that_holds(home: Path) -> None:
    """What is printed is a test file: read back, it holds, both ways where the record is written as it came."""
    from guantong.cli.mappinghome import mappings
    from guantong.mapping.pairfiles import load_pairs
    from guantong.mapping.pairs import run_pairs
    from guantong.mapping.showing import Shower

    folder = home / "mappings/gd-exchange/tests"
    shutil.rmtree(folder)
    folder.mkdir()
    plain = {"SBLSH": STEP["SBLSH"], "SPHJDM": "1", "SPSJ": "2014-09-19 14:10:10", "SPRXM": '王: "小明" # 二'}
    for name, sample in (("a", STEP), ("b", plain)):
        printed = run(home, "gd-exchange/case.step", sample, "--pair", f"样例: {name}").stdout
        (folder / f"{name}.yaml").write_text(printed, encoding="utf-8")
    loaded = mappings(home)
    dialect = loaded.dialects["gd-exchange"]
    pairs, _, problems = load_pairs(dialect.folder, loaded.model, "x")
    assert problems == []
    assert [(pair.name, pair.direction, pair.unread) for pair in pairs] == [("样例: a", "in", ("NEW",)), ("样例: b", pairs[1].direction, ())]
    assert [found for _, found in run_pairs(pairs, dialect, Shower(loaded.model)) if found] == []
    wrong = run(home, "gd-exchange/case.step", {**STEP, "SPHJDM": "77"}, "--pair", "x")
    assert (wrong.exit_code, wrong.stdout) == (2, "")


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_the_values_have_room_on_every_screen(home: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code tables and their rows fold with the value: no column is squeezed to a few characters."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(home, "gd-exchange/case.step", STEP).stdout.splitlines()
    (row,) = [line for line in lines if line.startswith("step.code ")]
    assert "handling  ← 1" in row
    assert len([line for line in lines if "step" in line or "serial" in line]) < 8


@pytest.fixture(scope="module")
def shipped() -> Mappings:
    return mappings_in(starter("mappings"))


@pytest.mark.parametrize("name", sorted(file.parent.name for file in starter("mappings").glob("*/dialect.yaml")))
def test_every_pair_of_a_shipped_dialect_is_tried_without_a_problem(shipped: Mappings, name: str) -> None:
    """Each record and each event that a pair says is translated is shown whole, every step at its rule's line."""
    dialect = shipped.dialects[name]
    tried = 0
    for pair in own_and_inherited_pairs(shipped, dialect):
        trials = tried_in(dialect, "", [pair.record], pair.context, "zh") if pair.inward and dialect.hears(pair.kind) else []
        for event, told in pair.together(dialect) if pair.outward else ():
            given = told if dialect.joins(event) else told[event]
            trials += tried_out(dialect, event, given, pair.context, "zh") if dialect.speaks(event) else []
        problems = [problem.line() for trial in trials for problem in trial.problems]
        assert (pair.title, problems) == (pair.title, [])
        assert all(step.rule.place.line for trial in trials for step in trial.steps)
        tried += len(trials)
    assert tried


MISTAKES = {
    "mappings/gd-exchange/case.finish.yaml": ("  outcome_text:        BJJGMS\n", "  outcom_text:         BJJGMS\n"),
    "mappings/gd-exchange/case.step.yaml": ("codes: step.code, otherwise: park", "codes: step.cod, otherwise: park"),
    "mappings/gd-exchange/dialect.yaml": ("codec: {in: json, out: json}", "codec: {in: jsn, out: json}"),
    "mappings/gd-exchange/case.pause.yaml": ("  pause.seq:             XH\n", "  pause.seq:             {at: XH, via: [trimm]}\n"),
}
LIST = [
    "mappings/gd-exchange/case.finish.yaml:17:3 fields.outcom_text: there is no field named 'outcom_text'; did you mean 'outcome_text'? [GT205]",
    "mappings/gd-exchange/case.pause.yaml:14:41 fields.pause.seq.via: there is no function named 'trimm'; did you mean 'trim'? [GT205]",
    "mappings/gd-exchange/case.step.yaml:14:40 fields.step.code.codes: there is no code table named 'step.cod'; did you mean 'step.code'? [GT205]",
    "mappings/gd-exchange/dialect.yaml:13:13 codec.in: there is no codec named 'jsn'; did you mean 'json'? [GT205]",
]


@pytest.mark.parametrize("verb", [
    ["try", "gd-exchange/case.step", "sample.json", "--lang", "en"], ["test", "gd-exchange"], ["test"],
    ["mapping", "coverage", "gd-exchange", "sample.json"], ["mapping", "prove", "gd-exchange"], ["mapping", "suggest", "gd-exchange"],
], ids=lambda verb: "-".join(verb[:2]))
def test_every_mistake_of_every_file_is_one_list_for_every_verb(home: Path, verb: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of files and lines, in both languages where the verb has no --lang, with exit code 2; nothing is
    shown or written, and no mapping runs without the rules that could not be read."""
    monkeypatch.chdir(home)
    (home / "sample.json").write_bytes(orjson.dumps(STEP))
    for file, (was, becomes) in MISTAKES.items():
        text = (home / file).read_text(encoding="utf-8")
        assert was in text
        (home / file).write_text(text.replace(was, becomes), encoding="utf-8")
    before = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    result = CliRunner().invoke(app_for(verb), [*verb, "--home", str(home)])
    said = result.stderr.splitlines()
    assert result.exit_code == 2
    assert result.stdout == ""
    places = [line.split(" ")[0] for line in said if line.startswith("mappings/gd-exchange/")]
    assert places == [line.split(" ")[0] for line in LIST]
    if "en" in verb:
        assert said == LIST
    else:
        assert [line.strip() for line in said if line.startswith(" ")][: len(LIST)] == [
            line.split(": ", 1)[1].removesuffix(" [GT205]") for line in LIST]
        assert all(max(line) >= "一" for line in said if line.startswith("mappings/"))
    assert {file: file.read_bytes() for file in home.rglob("*") if file.is_file()} == before


PAUSE = {"serial.county": "RC1", "serial.province": "1", "version": 1, "pause.seq": 1, "pause.kind": "statutory",
         "pause.name": "专家评审", "pause.started_at": "2014-07-16T09:00:00+08:00"}
RESUMPTION = {"serial.county": "RC1", "serial.province": "1", "version": 1, "pause.seq": 1, "pause.result": "通过",
              "pause.ended_at": "2014-07-17T10:30:00+08:00"}


@pytest.mark.parametrize("event", ["case.pause", "case.resumption"])
def test_several_events_make_one_record_on_their_way_out(home: Path, event: str) -> None:
    """Whichever of the two is named, the one record has the fields of both."""
    shown = fields(run(home, f"national/{event}", {"case.pause": PAUSE, "case.resumption": RESUMPTION}, "--out", "--json"))
    assert {name: shown[name]["value"] for name in ("special_time", "end_time", "cd_operation")} == {
        "special_time": "2014-07-16 09:00:00", "end_time": "2014-07-17 10:30:00", "cd_operation": "I"}


def test_an_event_alone_says_what_it_waits_for(home: Path) -> None:
    """What is there is shown; what a whole record needs besides is named."""
    for sample in (PAUSE, {"case.pause": PAUSE}):
        result = run(home, "national/case.pause", sample, "--out", "--json")
        [trial] = orjson.loads(result.stdout)["trials"]
        assert [problem["message"] for problem in trial["problems"]] == [
            "waits for case.resumption, which makes one record with it", "required, but empty"]
        assert result.exit_code == 1


@pytest.mark.parametrize(("sample", "lines"), [
    ({"case.pause": PAUSE, "case.resumption": {**RESUMPTION, "pause.seq": 2}}, ["they differ in pause.seq"]),
    ({"case.pause": PAUSE, "case.resumption": RESUMPTION, "case.finish": {}, "remark": "x"},
     ["'case.finish' is no event that case.pause is joined with", "'remark' is no event that case.pause is joined with"]),
    ({"case.pause": PAUSE, "case.resumption": "通过"}, ["case.resumption is not an object"]),
])
def test_events_that_make_no_record_together_are_refused(home: Path, sample: dict[str, Any], lines: list[str]) -> None:
    """Of two numbers, of another mapping, or no events at all: each said, nothing shown."""
    result = run(home, "national/case.pause", sample, "--out", "--lang", "en")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"the events of the sample do not make one record: {line}; give an object with only the events that the mapping "
        "joins, each an object of canonical paths [GT183]" for line in lines]
