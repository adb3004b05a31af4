"""The questions of `guantong county add`, one after the other: `<` goes back, `q` gives up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from guantong.adapter import NotAnAddress
from guantong.cli.home import print_problems
from guantong.config.declared import NAME
from guantong.mapping.excel.values import show_flow
from guantong.onboarding.answers import Answered, answers_from
from guantong.onboarding.checks import reserved_by
from guantong.onboarding.shipped import Profile, dialects, profiles, spoken_by
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.yamlfile import Table, node_of

Given = dict[str, str]
Check = Callable[[str, Given], str]
"""The answer as it is kept. Raises `ValueError` with what to write instead, Chinese first."""
BACK, QUIT = "<", "q"
NO = "no"
_YES, _NO = ("是", "y", "yes"), ("否", "n", NO)
_REGION = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")


class Aborted(Exception):
    """Whoever was asked gave up."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what it asks in both languages, its default, how its answer is checked, when it is asked."""

    key: str
    zh: str
    en: str
    check: Check
    default: Callable[[Given], str] = lambda _given: ""
    asked: Callable[[Given], bool] = lambda _given: True


def ask_all(home: Path) -> Answered:
    """Ask everything. Raises `Aborted`."""
    known = profiles(home)
    typer.echo("新增县区。输入 < 返回上一项，q 放弃；方括号内为缺省值。")
    typer.echo("A new county. < goes back, q gives up; what stands in brackets is taken by Enter.")
    return _answered(_answers(_told(_questions(home, known))))


def _told(questions: Sequence[Question]) -> Given:
    """What is answered to the *questions*, going back and forth among them. Raises `Aborted`."""
    given: Given = {}
    at = 0
    while at < len(questions):
        question = questions[at]
        if not question.asked(given):
            at += 1
            continue
        answer = _ask(question, given)
        if answer == BACK:
            given.pop(question.key, None)
            before = [number for number in range(at) if questions[number].asked(given)]
            at = before[-1] if before else at
            continue
        try:
            given[question.key] = question.check(answer, given)
        except ValueError as error:
            typer.echo(f"  {error}", err=True)
            continue
        at += 1
    return given


def ask_facts(answered: Answered, wanted: Sequence[Problem]) -> Answered:
    """*answered* with the facts that are *wanted*, asked one by one; Enter leaves a field of the county's empty. Raises `Aborted`."""
    typer.echo("以下须由对方说明；可空的直接回车，该字段留空。")
    typer.echo("What only the county's people can tell; Enter leaves a field empty that may be.")
    questions = [
        Question(str(one.details["name"]), f"{one.details['name']}{one.details['what_zh']}，如 {one.details['example']}",
                 f"{one.details['name']}{one.details['what']}", _as_it_is if one.details["empty"] else _needed)
        for one in wanted
    ]
    told = _told(questions)
    facts = node_of({**answered.said.facts, **told})
    entries = {**answered.table.entries, "facts": facts}
    return _answered(replace(answered.table, entries=entries, keys={**answered.table.keys, "facts": facts.place}))


def _answered(table: Table) -> Answered:
    answered, problems = answers_from(as_yaml(table).encode(), "回答 answers", Path.cwd())
    if answered is None:
        print_problems(problems)
        raise Aborted
    return answered


def _ask(question: Question, given: Given) -> str:
    default = given.get(question.key) or question.default(given)
    text = f"{question.zh} · {question.en}" + (f" [{default}]" if default else "")
    try:
        answer = str(typer.prompt(text, default=default, show_default=False)).strip()
    except typer.Abort:
        raise Aborted from None
    if answer == QUIT:
        raise Aborted
    return answer


def _questions(home: Path, known: Mapping[str, Profile]) -> list[Question]:
    shown = sorted(name for name in known if name.startswith("county-"))
    listed = "\n".join(f"  {number:>2}. {known[name].title}  {name}" for number, name in enumerate(shown, 1))

    def profile(answer: str, _given: Given) -> str:
        name = shown[int(answer) - 1] if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(shown) else answer
        return _must(name, name in known, "请输入列出的序号或名称", "write a number or a name of the list")

    def address(answer: str, given: Given) -> str:
        spec = registry().adapters.get(known[given["profile"]].adapter)
        try:
            if spec is not None:
                spec.address(answer)
        except NotAnAddress as error:
            raise ValueError(f"应为{error.expected_zh} · expected {error.expected}") from None
        return _must(answer, bool(answer), "请填写对方地址", "write its address")

    def extends(answer: str, _given: Given) -> str:
        return _must(answer, answer in dialects(home), "没有该数据规范", f"known: {', '.join(dialects(home))}")

    return [
        Question("county", "县区标识（拼音，用作文件名）", "its id, used as file name", _county(home)),
        Question("zh", "中文名称", "its Chinese name", _needed),
        Question("region", "行政区划代码", "region code", _region),
        Question("city", "所属地市名称", "the city it belongs to", _needed, asked=lambda _given: not (home / "config").is_dir()),
        Question("profile", f"接口模板：\n{listed}\n选择", "choose the profile of its interface", profile),
        Question("sends", "是否向对方推送申办（是/否）", "are applications sent to it (yes/no)", _yes_or_no, lambda _given: "是",
                 lambda given: known[given["profile"]].says("send")),
        Question("address", "对方地址（不带口令）", "where it is reached, without a password", address,
                 asked=lambda given: given.get("sends") != NO or known[given["profile"]].reads()),
        Question("host_keys", "SFTP 服务器的主机密钥指纹（SHA256:…，向其管理员索取）", "the host key's fingerprint (SHA256:…), from its administrator", _needed,
                 asked=lambda given: given.get("address", "").startswith("sftp://")),
        Question("material", "对方资料（数据字典、WSDL、样例，逗号分隔；没有就回车）", "what the vendor handed over, by commas; Enter: nothing", _material),
        Question("extends", "在哪个数据规范之上改写", "the dialect to build on", extends,
                 lambda given: spoken_by(home, given.get("profile", "")),
                 lambda given: not given.get("material")),
        Question("serve", "对方怎样报送受理、办结（ours 按我方 WSDL 调用我方，theirs 按其 WSDL 中的操作，no 不报送）",
                 "how it reports: it calls us by our WSDL (ours), by the operations of its own (theirs), or not at all (no)", _served,
                 lambda _given: NO, lambda given: known[given["profile"]].says("wsdl")),
    ]


def as_yaml(table: Table) -> str:
    """The answers as the file that could have been given."""
    return "\n".join(f"{key}: {show_flow(value)}" for key, value in table)


def _answers(given: Given) -> Table:
    county = given["county"]
    said: dict[str, object] = {
        "county": county, "name": {"zh": given["zh"], "en": county.capitalize()}, "region": given["region"],
        "profile": given["profile"], "address": given.get("address", ""),
    }
    if given.get("host_keys"):
        said["host_keys"] = _paths(given["host_keys"])
    if given.get("sends") == NO:
        said["sends"] = NO
    if given.get("serve", NO) != NO:
        said["serve"] = given["serve"]
    if given.get("city"):
        said["city"] = {"zh": given["city"]}
    if given.get("material"):
        said["from"] = _paths(given["material"])
    elif given.get("extends"):
        said["extends"] = given["extends"]
    made = node_of(said)
    assert isinstance(made, Table)  # noqa: S101 -- a table was given
    return made


def _must(value: str, holds: bool, zh: str, en: str) -> str:
    if not holds:
        raise ValueError(f"{zh} · {en}")
    return value


def _as_it_is(answer: str, _given: Given) -> str:
    return answer


def _needed(answer: str, _given: Given) -> str:
    return _must(answer, bool(answer), "不能为空", "this cannot be empty")


def _county(home: Path) -> Check:
    def check(answer: str, _given: Given) -> str:
        _must(answer, re.fullmatch(NAME, answer) is not None, "请用小写字母和数字，如 konggang", "use small letters and digits, as in konggang")
        there = (home / "config" / "counties" / f"{answer}.yaml").exists()
        _must(answer, not there, f"config/counties/{answer}.yaml 已存在", "it is there already")
        return _must(answer, not reserved_by(home, answer), "该标识已有他用，请另取", "this name is taken by another file: choose another")

    return check


def _region(answer: str, _given: Given) -> str:
    return _must(answer, _REGION.fullmatch(answer) is not None, "请填 6、9 或 12 位数字", "write 6, 9 or 12 digits")


def _yes_or_no(answer: str, _given: Given) -> str:
    _must(answer, answer.lower() in (*_YES, *_NO), "请填 是 或 否", "write yes or no")
    return NO if answer.lower() in _NO else "yes"


def _served(answer: str, _given: Given) -> str:
    return _must(answer, answer in ("ours", "theirs", NO), "请填 ours、theirs 或 no", "write ours, theirs or no")


def _paths(said: str) -> list[str]:
    return [name.strip() for name in re.split(r"[,，、;；]", said) if name.strip()]


def _material(answer: str, _given: Given) -> str:
    for name in _paths(answer):
        _must(name, Path(name).is_file(), f"没有文件 {name}", "there is no such file")
    return answer
