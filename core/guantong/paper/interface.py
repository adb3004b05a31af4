"""The interface specification for a county's vendor (接口规范), as a Word document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from guantong.agreed import Agreeing, Clause
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.config.reply import When
from guantong.journey import codes as journey
from guantong.mapping import codes as mapping
from guantong.paper.calling import Proof, calling
from guantong.paper.document import Document
from guantong.paper.fields import (
    FIELD_HEADS,
    FIELD_WIDTHS,
    RecordPage,
    code_rows,
    code_tables,
    codes_of,
    heard_kinds,
    pages,
    travelling,
)
from guantong.paper.network import doors_of
from guantong.problems import Code
from guantong.reception import codes as reception
from guantong.testdoor.paths import tried_at

_DETAIL = re.compile(r"\{[^{}]*\}")
DOORS: tuple[Code, ...] = (reception.NO_DOOR, reception.WRONG_METHOD, reception.NOT_HTTP)
"""What a door answers that is called in a wrong way."""
REFUSALS: tuple[Code, ...] = (
    journey.UNKNOWN_KIND, journey.EMPTY, journey.TOO_MANY, journey.NO_SERIAL,
    journey.UNFIT_SERIAL, journey.FULL, journey.SHARE_TAKEN,
    journey.DISK_LOW, journey.TOO_DEEP, journey.LATE, journey.NOT_STORED,
)
"""What we may answer to a record as a whole."""
VALUES: tuple[Code, ...] = (
    mapping.REQUIRED, mapping.NO_TRANSLATION, mapping.NOT_IN_FORCE, mapping.NOT_TYPE, mapping.NOT_TEXT, mapping.FUNCTION_REFUSED,
    mapping.TOO_LONG, mapping.CHECK_DIGIT,
)
"""What can be wrong with a value."""
MEANS = {"success": "成功", "duplicate": "成功（已存在）", "token_expired": "令牌失效，重新登录后重发", "transient": "暂时失败，稍后自动重发",
         "permanent": "拒绝，不再重发，由人处理", "unknown": "结果不明"}


def interface_document(configuration: Configuration, county: str, systems: Sequence[System], day: str, proof: Proof) -> bytes:
    """The document, for all systems of the county. *proof* tells what a request carries that a signature scheme proves."""
    place = systems[0].title_zh if len(systems) == 1 else county
    made = Document(f"{place}对接接口规范", f"{configuration.hub.name}", [
        ("编制单位", "（市级信息部门）"), ("使用单位", f"{place}系统承建单位"), ("系统标识", "、".join(system.id for system in systems)),
        ("版本", f"配置版本 {configuration.version}"),
    ], day)
    made.heading("总则")
    made.text(f"本规范约定{place}与{configuration.hub.name}（以下简称“中枢”）之间报文的传输方式、格式、代码和应答。"
              "本文由中枢的配置直接生成，与实际运行的校验规则一致；配置变更后应重新生成。")
    made.text("文中样例的人名、号码均为虚构。字段值不符合要求的，中枢逐项指明位置、应为何值、实际为何值和处理办法。")
    for system in systems:
        _system(made, configuration, system, proof)
    _codes(made, systems)
    made.heading("签署")
    made.text("双方确认按本规范实施对接。")
    made.signatures(["市级信息部门", "县区主管部门", "系统承建单位"])
    return made.bytes()


def _system(made: Document, configuration: Configuration, system: System, proof: Proof) -> None:
    agreement = system.adapter.agreement
    about = Agreeing(
        system.id, system.settings, configuration.home, _kinds(configuration, system, inward=True), _kinds(configuration, system, inward=False),
        system.dialect.charset_in, system.dialect.charset_out,
        0.0 if system.receipt.by in ("none", "reply") else system.receipt.within, configuration.hub.body_limit, proof)
    made.heading(f"接口：{system.title_zh}（{system.id}）")
    made.heading("传输方式", 2)
    made.facts(list(dict.fromkeys(transport(configuration, system))))
    for clause in agreement.clauses(about):
        _clause(made, clause)
    told_how = calling(system, proof)
    if told_how:
        made.heading("对方如何推送", 2)
        made.facts(told_how)
    for inward, title in ((True, "对方报送的报文"), (False, "中枢推送的报文")):
        told = pages(configuration, about, inward=inward)
        if not told:
            continue
        made.heading(title, 2)
        made.table(("报文类型", "过程信息", "字段数"), [(one.kind, one.title, str(len(one.rows))) for one in told], (6, 7, 3))
        for one in told:
            _record(made, one)
    if system.reply.rules and agreement.answers and system.is_sent:
        made.heading("对方应答的判断", 2)
        made.text("中枢推送后按下列规则自上而下判断对方的应答，第一条全部符合的生效；都不符合的按“"
                  f"{MEANS.get(system.reply.otherwise, system.reply.otherwise)}”处理。")
        made.table(("序号", "应答", "含义"), [
            (str(number), _when(rule.when), MEANS.get(rule.means, rule.means)) for number, rule in enumerate(system.reply.rules, 1)
        ], (1.4, 8.6, 6))
    _tables(made, configuration, system)


def _kinds(configuration: Configuration, system: System, *, inward: bool) -> list[str]:
    """The kinds of records that travel."""
    plans = travelling(configuration, system, inward=inward)
    return list(dict.fromkeys(kind for plan in plans for kind in (heard_kinds(system, plan) if inward else (plan.mapping.kind_out,))))


def _clause(made: Document, clause: Clause) -> None:
    made.heading(clause.title, 2)
    if clause.facts:
        made.facts(clause.facts)
    if clause.rows:
        made.table(clause.heads, clause.rows, [16 / len(clause.heads)] * len(clause.heads))
    if clause.text:
        made.text(clause.text)


def transport(configuration: Configuration, system: System) -> Iterator[tuple[str, str]]:
    """What both sides must know of the way records take, in two columns."""
    hub = configuration.hub
    yield "协议", f"{system.adapter.title_zh}（{system.profile or system.adapter.name}）"
    ends = system.adapter.reach(system.settings)
    for end in ends:
        yield "中枢连接对方", f"{end.protocol} {end.host}:{end.port}，{end.why_zh}"
    address = getattr(system.settings, "url", None)
    if address:
        yield "对方地址", str(address)
    doors = doors_of(system)
    here_only = "（仅本机可达：交付前请在 hub.public_url 写明对方可达的地址）" if hub.unreachable else ""
    for door in doors:
        yield "对方推送到", f"{hub.address}{door}{here_only}"
        if system.test_door:
            yield "试报地址", f"{hub.address}{tried_at(door)}（只检查，不留存、不转发）"
    if doors:
        yield "单个请求上限", f"{hub.body_limit / 2**20:g} MiB"
    yield "所用密钥", f"{'、'.join(system.secret_names)}（内容另行交接，不写入本文件）" if system.secret_names else "无"
    if system.is_sent:
        yield from _outward(system)
    yield "版本与更正", "同一记录更正后重报时版本号加 1" if system.dialect.versioning == "number" else "按到达先后，后到的为准"


def _outward(system: System) -> Iterator[tuple[str, str]]:
    yield "结果不明时", {"retry": "原样重发（对方须按编号排重）", "query": "先查询是否已生效，再决定是否重发", "hold": "由人核实后处理"}[system.delivery.unknown]
    yield "回执", {"none": "无", "reply": "以应答为准", "column": "状态列", "file": "状态文件", "query": "查询", "message": "另行推送"}.get(
        system.receipt.by, system.receipt.by)


def _record(made: Document, one: RecordPage) -> None:
    made.heading(f"{one.title}（{one.kind}）", 3)
    if one.when:
        made.text(one.when)
    made.table(FIELD_HEADS, one.rows, FIELD_WIDTHS)
    if one.sample:
        caption = f"，{one.caption}" if one.caption else ""
        made.text(f"样例（按声明生成，各值均为虚构{caption}）：" if one.made_up else f"样例（{one.caption}）：" if one.caption else "样例：")
        made.code(one.sample)


def _tables(made: Document, configuration: Configuration, system: System) -> None:
    tables = [(table, fields, rows) for table, fields in code_tables(configuration, system) if (rows := code_rows(configuration.model, table))]
    if not tables:
        return
    made.heading("代码表", 2)
    named = Counter(table.name for table, _, _ in tables)
    for table, fields, rows in tables:
        known = codes_of(configuration.model, table)
        of = f"，用于 {fields}" if named[table.name] > 1 else ""
        made.heading(f"{known.title_zh if known else table.name}（{table.name}{of}）", 3)
        made.table(("代码", "含义", "也接受"), rows, (4, 7, 5))


def _codes(made: Document, systems: Sequence[System]) -> None:
    """What may come back to whoever reports; nothing where nobody does."""
    if all(system.adapter.agreement.tells(system.settings) == () for system in systems):
        return
    made.heading("错误代码")
    made.text("中枢不能接收的报文，在应答（或上文所述的原因文件、结果列、回告）中含下列代码之一；“…”处为具体内容。")
    doors = any(doors_of(system) for system in systems)
    for title, codes in (("报文整体", [*DOORS, *REFUSALS] if doors else REFUSALS), ("字段值", VALUES)):
        made.heading(title, 2)
        made.table(("代码", "含义", "处理"), [(code.id, _said(code.zh), _said(code.hint_zh)) for code in codes], (1.8, 7.4, 6.8))


def _said(template: str) -> str:
    """A text with its details left open."""
    return _DETAIL.sub("…", template)


def _when(when: When) -> str:
    """The condition of a reply rule as people read it."""
    said = [f"HTTP 状态 {' 或 '.join(when.status)}"] if when.status else []
    said += [f"{path} = {' 或 '.join(values)}" for path, values in when.field.items()]
    if when.text is not None:
        said.append(f"正文含“{when.text.contains}”" if when.text.contains else f"正文符合 {when.text.matches.pattern if when.text.matches else ''}")
    return "；".join(said)
