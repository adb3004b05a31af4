"""The examples of the documents run: each shell line in a prepared home, each snippet of a mapping or configuration
through the loader. What cannot run is named here once, with its reason."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.adapters.pki import pair
from tests.cli.desk import ACCEPTANCE, APPLICATION, PERSON_NO, Desk
from tests.house.test_docs import BLOCK, PAGES, ROOT
from tests.house.vendor import hand_over
from tests.sites.tables import tree

from guantong.cli.dialectfiles import tried_out
from guantong.config import load
from guantong.config.validate import validate
from guantong.journey.states import DeliveryState
from guantong.model import load_model
from guantong.onboarding.answers import Answers
from guantong.plugins import registry
from guantong.problems import Place
from guantong.sites.write import as_workbook
from guantong.yamlfile import Table, parse_bytes

NOT_RUN = {
    "make demo": "a gate of its own (.ci/run), and tests/demo",
    "make test": "it would run this very test",
    "make bench": "measures the machine for minutes; tests/bench runs it small",
    "guantong bench": "the same",
    "GUANTONG_BENCH_DSN=": "the same, at a server",
    "guantong drill": "kills a hub for minutes; tests/drill runs it small",
    "guantong simulate": "serves until it is ended; each simulator has its tests in tests/adapters",
    "guantong backfill": "needs a hub that runs and a county's tables; tests/cli/test_backfill.py runs it",
    "guantong run": "serves until it is ended; tests/cli/test_usage.py and tests/demo start it, tests/demo/test_shared.py by parts",
    "pytest tests/adapters": "the suite itself runs these tests",
    "for run in": "a loop around measurements",
    "python yardstick.py": "measures the reference beside the product",
    "done": "ends that loop",
}
"""The beginnings of lines that are not run, each with its reason."""
SERIAL = "RC20140715-0001"
TABLE = "mappings/rongcheng/codes/outcome.acceptance.yaml"
STATUS = re.compile(r"退出码 (\d)")
READY = re.compile(r"^(?:\.venv/bin/)?guantong ")


def _sections() -> Iterator[tuple[str, list[str]]]:
    """The lines of the shell blocks of each section of each page; a section's lines run in one home."""
    for page in PAGES:
        for number, section in enumerate(re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)):
            lines = [line.strip() for kind, text in BLOCK.findall(section) if kind == "sh" for line in text.splitlines()]
            if lines:
                yield f"{page.relative_to(ROOT)}#{number}", lines


SECTIONS = dict(_sections())


def _is_left(line: str) -> bool:
    return line.removeprefix(".venv/bin/").startswith(tuple(NOT_RUN))


RUN = {name: lines for name, lines in SECTIONS.items() if any(READY.match(line) and not _is_left(line) for line in lines)}


def _numbered(desk: Desk, twelfth: dict[str, Any]) -> None:
    """M1 to M18 and D1 to D34: all well but the twelfth."""
    plain = [{**ACCEPTANCE, "bizNo": f"RC20140715-{number:04}", "applyNo": f"1000001010069920121140715{number:04}"}
             for number in range(1, 19)]
    desk.tell(*plain[:11], {**plain[0], **twelfth}, *plain[12:])


def _failed(desk: Desk) -> None:
    """M12 has a code nobody knew, D34 was refused; then the code was added."""
    _numbered(desk, {"bizNo": "RC20140715-0012", "result": "granted"})
    desk.end(34, DeliveryState.DEAD, "GT413", "对方拒绝")
    desk.edit(TABLE, '"accepted"', '["accepted", "granted"]')


def _person(desk: Desk) -> None:
    """Somebody applied."""
    desk.tell(APPLICATION)


def _unknown(desk: Desk) -> None:
    """Whether D34 took effect is not known."""
    _numbered(desk, {"bizNo": "RC20140715-0012"})
    desk.end(34, DeliveryState.UNKNOWN, "GT414", "超时")


def _conflict(desk: Desk) -> None:
    """M12 says otherwise what M1 said."""
    _numbered(desk, {"operatorName": "欧阳另例"})


def _odd(desk: Desk) -> None:
    """A case was finished before it was accepted."""
    desk.tell(ACCEPTANCE, {**ACCEPTANCE, "type": "finish", "result": "finished", "time": "2014-07-15 09:00:00"})


def _frozen(desk: Desk) -> None:
    """The case that the guides name is frozen."""
    _conflict(desk)
    assert desk.guantong("retention", "freeze", SERIAL, "--why", "行政复议").exit_code == 0


def _audited(desk: Desk) -> None:
    """What came is signed, and an auditor has the checkpoint and the public key."""
    _conflict(desk)
    (desk.home / "usb").mkdir(exist_ok=True)
    for file, words in (("usb/checkpoints", ("checkpoint", "--now")), ("public.txt", ("keys", "show"))):
        result = desk.guantong("audit", *words)
        assert result.exit_code == 0, result.output
        (desk.home / file).write_text(result.stdout, encoding="utf-8")


def _trial(desk: Desk) -> None:
    """The supervision platform is in shadow."""
    desk.edit("config/city.yaml", "  supervision:\n", "  supervision:\n    shadow: {against: rongcheng.approval}\n")
    desk.tell(ACCEPTANCE)


def _booked(desk: Desk) -> None:
    """A case that the county's own list has, on its way to the hall."""
    desk.tell(ACCEPTANCE)


def _sited(desk: Desk) -> None:
    """A case at a town's window, after the sites were imported."""
    assert desk.guantong("sites", "import", str(desk.home / "站点.xlsx")).exit_code == 0
    desk.tell({**ACCEPTANCE, "siteCode": "445202001000", "serviceWay": "window"})


PREPARED: dict[str, Callable[[Desk], None]] = {
    "guantong audit": _audited, "guantong keys": _conflict, "guantong provenance": _conflict,
    "guantong dead": _failed, "guantong unknown": _unknown, "guantong conflicts": _conflict, f"guantong trace {PERSON_NO}": _person, "guantong trace": _conflict,
    "guantong retention thaw": _frozen, "guantong retention": _conflict, "guantong queues": _conflict, "guantong doctor": _conflict, "guantong workers": _conflict, "guantong mapping coverage rongcheng --stored": _unknown,
    "guantong reconcile": _booked, "guantong monthly": _booked, "guantong sites connected": _sited, "guantong findings": _odd, "guantong shadow": _trial, "guantong mapping diff . ../new --dialect rongcheng": _unknown, "guantong mapping versions": _unknown,
}
FINDS = {"guantong check": "the starter wants its secrets set"}
"""Lines that end with 1 by nature, each with what they find; others say so in a comment (退出码 1)."""


def _lay_out(home: Path) -> None:
    """The files the guides name."""
    hand_over(home / "资料")
    shutil.copyfile(home / "资料/数据字典.xlsx", home / "数据字典.xlsx")
    shutil.copyfile(home / "资料/样例-受理.json", home / "样例.json")
    (home / "站点.xlsx").write_bytes(as_workbook(tree().sites.values()))
    shutil.copytree(ROOT / "tests/content/newcounties/soap-invoke/samples", home / "样例")
    (home / "accept.csv").write_text("bizNo,ver,time\n{bizNo},{ver},{time}\n".format_map(ACCEPTANCE), encoding="utf-8")
    (home / "samples").mkdir()
    for file in (home / "sample.json", home / "samples/accept.json"):
        file.write_bytes(orjson.dumps(ACCEPTANCE))
    (home / "event.json").write_bytes(orjson.dumps({
        "serial.province": "10000010100699201211407150777", "step.code": "handling", "step.at": "2014-07-16T09:00:00+08:00",
        "version": 1}))
    shutil.copytree(home / "mappings", home.parent / "在用/mappings")
    shutil.copytree(home / "mappings", home.parent / "new/mappings")


@pytest.mark.parametrize("name", RUN)
def test_every_shell_example_runs(name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, in a home where its files and numbers exist; exit status 0, or what its comment says."""
    _lay_out(desk.home)
    monkeypatch.chdir(desk.home)
    states: dict[str, Path] = {}
    wrong = []
    for line in RUN[name]:
        command, _, comment = line.partition(" #")
        expected = int(found[1]) if (found := STATUS.search(comment)) else int(READY.sub("guantong ", command.strip()) in FINDS)
        if _is_left(line) or not command.strip() or command.startswith("#"):
            continue
        words, _, target = command.strip().removeprefix(".venv/bin/").replace("SERIAL", SERIAL).partition(" > ")
        if words.startswith("mkdir -p "):
            Path(words.removeprefix("mkdir -p ")).mkdir(parents=True, exist_ok=True)
            continue
        given = next((kind for kind in PREPARED if words.startswith(kind)), "")
        if given:
            _restore(desk, given, states)
        result = desk.anywhere(*shlex.split(words)[1:])
        if target:
            Path(target).write_text(result.stdout, encoding="utf-8")
        if result.exit_code != expected:
            wrong.append(f"{line}: {result.exit_code} {result.output[-600:]} {result.exception!r}")
    assert wrong == []


def _restore(desk: Desk, given: str, states: dict[str, Path]) -> None:
    """The home as it was before any line of this kind ran: each line is an example of its own."""
    kept = states.get(given)
    if kept is None:
        shutil.rmtree(desk.home / "var", ignore_errors=True)
        PREPARED[given](desk)
        states[given] = kept = desk.home.parent / f"kept-{len(states)}"
        shutil.copytree(desk.home / "var", kept)
        return
    shutil.rmtree(desk.home / "var")
    shutil.copytree(kept, desk.home / "var")


def test_what_is_not_run_is_named_with_its_reason_and_still_there() -> None:
    """No line is left out that no document has."""
    lines = [line.removeprefix(".venv/bin/") for text in SECTIONS.values() for line in text]
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in lines)] == []
    odd = [line for line in lines if line and not line.startswith(("#", "guantong ", "mkdir -p ", *NOT_RUN))
           and not line.startswith("make test TEST_ARGS")]
    assert odd == []


def _yaml_blocks() -> dict[str, str]:
    return {f"{page.relative_to(ROOT)}#{number}": text for page in PAGES
            for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))) if kind == "yaml"}


@pytest.mark.parametrize("name", [name for name, text in _yaml_blocks().items() if re.search(r"^event: ", text, re.MULTILINE)])
def test_every_mapping_example_loads(name: str, desk: Desk) -> None:
    """In a dialect of its own, beside the shipped ones, without a problem."""
    text = _yaml_blocks()[name]
    found = re.search(r"^event: (\S+)", text, re.MULTILINE)
    assert found is not None
    model, _ = load_model(desk.home / "mappings/canonical", "mappings/canonical")
    files = {"dialect.yaml": "dialect: 例\ntitle: {zh: 例, en: Example}\ncodec: {in: json, out: json}\ncharset: utf-8\nversioning: number\n",
             f"{found[1]}.yaml": text}
    problems = tried_out(desk.home, "example", {name: body.replace("dialect: 例", "dialect: example").encode()
                                                for name, body in files.items()}, model)
    assert [problem.line() for problem in problems if problem.code.severity == "error"] == []


CONFIGURATION = ("secrets:", "name:", "# config/counties/", "# config/guantong.yaml")
"""How examples of configuration begin: the secrets of a system, a place file, the systems of the place file it names, more
keys of the hub's own file."""


@pytest.mark.parametrize("name", [name for name, text in _yaml_blocks().items() if text.startswith(CONFIGURATION)])
def test_every_configuration_example_is_checked(name: str, desk: Desk) -> None:
    """Secrets stand in a system of the starter, systems in a place of their own, a place takes the place of the starter's of
    its region; all keys are what the declaration knows."""
    text = _yaml_blocks()[name]
    place = desk.home / "config/counties/rongcheng.yaml"
    before = place.read_text(encoding="utf-8")
    if text.startswith("# config/guantong.yaml"):
        hub = desk.home / "config/guantong.yaml"
        groups = "|".join(re.findall(r"^(\w+):", text, re.MULTILINE))
        rest = re.sub(rf"^(?:{groups}):.*\n(?: .*\n)*", "", hub.read_text(encoding="utf-8"), flags=re.MULTILINE)
        hub.write_text(rest + "\n" + text, encoding="utf-8")
    elif text.startswith("secrets:"):
        inside = "".join(f"    {line}\n" for line in text.splitlines())
        cut = re.sub(r"^    secrets:.*\n(?:      .*\n)*", "", before, flags=re.MULTILINE)
        place.write_text(cut.rstrip("\n") + "\n" + inside, encoding="utf-8")
    elif "\nsystems:" in text and not re.search(r"^name:", text, re.MULTILINE):
        (place.parent / "example.yaml").write_text("name: {zh: 例, en: Example}\nregion: \"445299\"\n" + text, encoding="utf-8")
    else:
        region = re.search(r"^region: .*$", text, re.MULTILINE)
        assert region is not None
        same = [file for file in place.parent.glob("*.yaml") if region[0] in file.read_text(encoding="utf-8")]
        named = re.match(r"# config/counties/(\S+\.yaml)", text)
        own = place.parent / (named[1] if named else "example.yaml")
        (same[0] if same else own).write_text(text, encoding="utf-8")
    for file in ("CaseExchange.wsdl", "CaseTypes.xsd"):  # a county hands its interface over as files
        (desk.home / "interfaces").mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "adapters/guantong_adapters/soap/simulators/caseexchange" / file, desk.home / "interfaces" / file)
    _open_by_tls(desk.home, declared="tls:" in text, needed="client_certificates:" in text)
    problems = load(desk.home, registry(), {}, secrets=False).problems
    assert [problem.line() for problem in problems if problem.code.severity == "error"
            and problem.code.id != "GT106"] == []


def _open_by_tls(home: Path, *, declared: bool, needed: bool) -> None:
    """The files of PEM that an example of `hub.tls:` names; where one needs it, the key itself as well."""
    if not declared and not needed:
        return
    server = pair("127.0.0.1")
    (home / "tls").mkdir()
    for name, pem in (("hub.pem", server.pem), ("hub.key", server.key_pem), ("clients-ca.pem", pair("county-ca", authority=True).pem)):
        (home / "tls" / name).write_text(pem, encoding="utf-8")
    if needed:
        hub = home / "config/guantong.yaml"
        keys = "tls: {certificate: tls/hub.pem, key: tls/hub.key, clients: tls/clients-ca.pem}"
        hub.write_text(re.sub(r"^hub:$", f"hub:\n  {keys}", hub.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")


ANSWERS = "# answers.yaml"


@pytest.mark.parametrize("name", [name for name, text in _yaml_blocks().items() if text.startswith(ANSWERS)])
def test_every_example_of_answers_can_be_read(name: str) -> None:
    """All keys are what `guantong county add` knows."""
    node, problems = parse_bytes(_yaml_blocks()[name].encode(), "answers.yaml")
    assert isinstance(node, Table)
    _, found = validate(node, Answers, Place("answers.yaml", 1, 1))
    assert [problem.line() for problem in (*problems, *found)] == []


def test_every_yaml_example_is_a_mapping_or_configuration() -> None:
    """None is only parsed: each is loaded by one of the tests above."""
    left = [name for name, text in _yaml_blocks().items()
            if not re.search(r"^event: ", text, re.MULTILINE) and not text.startswith((*CONFIGURATION, ANSWERS))]
    assert left == []
