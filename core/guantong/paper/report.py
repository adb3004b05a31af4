"""The joint-test report (联调测试报告): what was just measured, and places to sign. A Word document."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from guantong.config import Configuration
from guantong.paper.document import Document
from guantong.readiness.county import Readiness
from guantong.readiness.items import OTHER_SECRETS, SECRETS, WORDS
from guantong.readiness.steps import STEPS

HERE = ZoneInfo("Asia/Shanghai")


def report_document(found: Readiness, configuration: Configuration, day: str) -> bytes:
    """The document."""
    systems = found.examined.systems
    place = systems[0].title_zh if len(systems) == 1 else found.county
    at = datetime.fromtimestamp(found.at, HERE).strftime("%Y-%m-%d %H:%M:%S")
    made = Document(f"{place}联调测试报告", configuration.hub.name, [
        ("被测系统", "、".join(f"{system.title_zh}（{system.id}）" for system in systems)), ("测试时间", f"{at}（北京时间）"),
        ("配置版本", configuration.version), ("结论", _conclusion(found)),
    ], day)
    made.heading("测试结论")
    made.text(f"本次共检查 {len(found.items)} 项，" + "，".join(
        f"{zh} {count} 项" for key, (_, zh) in WORDS.items() if (count := sum(item.verdict == key for item in found.items))) + "。"
        "测试由中枢自动执行，未向任何系统发送业务报文。")
    made.table(("序号", "项目", "结论", "情况"), [
        (str(number), item.title[0], WORDS[item.verdict][1], item.said[0]) for number, item in enumerate(found.items, 1)
    ], (1.2, 5.2, 1.8, 7.8), verdicts=True)
    _left(made, found)
    _secrets(made, found)
    _probes(made, found)
    _legs(made, found, configuration)
    made.heading("签署")
    made.text("参加测试的各方对上述结果予以确认；其中“提醒”“未做”各项的处理意见：")
    made.table(("序号", "事项", "处理意见", "责任方", "完成时间"), [(str(number), item.title[0], "", "", "") for number, item in enumerate(
        [one for one in found.items if one.verdict != "passed"], 1)], (1.2, 5, 4.8, 2.6, 2.4))
    made.signatures(["市级信息部门", "县区主管部门", "系统承建单位"])
    return made.bytes()


def _conclusion(found: Readiness) -> str:
    if not found.go:
        return "不具备上线条件"
    untried = unexercised(found)
    left = any(item.verdict == "skipped" for item in found.items) or bool(untried)
    passed = "已测项目通过，尚有未测项目" if left else "具备上线条件"
    passed += f"（{'；'.join(untried)}）" if untried else ""
    return f"{passed}；枢纽尚缺 {len(found.secrets_missing)} 项密钥，补齐后才能启动" if found.secrets_missing else passed


def unexercised(found: Readiness) -> list[str]:
    """The directions in which nothing was carried, even in rehearsal: what a system reports counts by its vendor's own samples, what it
    is sent by any record that could be made for it."""
    said: list[str] = []
    for system in found.examined.systems:
        reports = system.adapter.agreement.tells(system.settings) != () and bool(system.dialect.kinds_in())
        if reports and not (found.samples and any(leg.source == system.id and leg.made for leg in found.legs)):
            said.append(f"{system.title_zh}报送的方向尚未以对方样例试过")
        if system.is_sent and not any(leg.target == system.id and leg.made for leg in found.legs):
            said.append(f"向{system.title_zh}推送的方向尚未试过")
    return said


def _left(made: Document, found: Readiness) -> None:
    rows = [(item.title[0], problem.code.id, problem.line("zh").removesuffix(f" [{problem.code.id}]"))
            for item in found.items if item.verdict == "failed" for problem in item.problems]
    if rows:
        made.heading("须解决的问题")
        made.table(("项目", "代码", "问题与处理"), rows, (4, 1.6, 10.4))


def _secrets(made: Document, found: Readiness) -> None:
    """Where secrets come from that are not there yet; what they are is in nobody's papers."""
    rows = [(item.title[0], problem.place.file, problem.path, problem.message("zh"))
            for item in found.items if item.key in (SECRETS, OTHER_SECRETS) for problem in item.problems]
    if rows:
        made.heading("尚缺的密钥")
        made.text("枢纽在以下密钥齐全后才能启动。")
        made.table(("项目", "文件", "位置", "说明"), rows, (2.6, 4.2, 4.6, 4.6))


def _probes(made: Document, found: Readiness) -> None:
    if not found.probes:
        return
    made.heading("连通测试")
    for system, steps in found.probes.items():
        made.heading(system, 2)
        made.table(("步骤", "对象", "用时（毫秒）", "结果", "说明"), [
            (STEPS.get(step.step, step.step), step.target, f"{step.seconds * 1000:.0f}",
             "未通过" if step.category else "提醒" if step.problem else "正常",
             step.problem.message("zh") if step.problem else step.note) for step in steps
        ], (2.4, 4.6, 2, 1.8, 5.2), verdicts=True)


def _legs(made: Document, found: Readiness, configuration: Configuration) -> None:
    if not found.legs:
        return
    events, systems = configuration.model.events, configuration.systems
    titles = {key: system.title_zh for key, system in systems.items()}
    made.heading("双向试运行")
    made.text("将样例报文逐条解析、转换、编码，直到发送之前为止。“待前序”指须等该办件此前的过程信息，单条样例中没有。")
    made.table(("过程信息", "来源", "去向", "成", "待前序", "不成"), [
        (events[leg.event].title_zh if leg.event in events else leg.event, titles.get(leg.source, leg.source),
         titles.get(leg.target, "（解析）"), str(leg.made), str(leg.waits), str(leg.refused)) for leg in found.legs
    ], (3.4, 4.2, 4.2, 1.4, 1.4, 1.4))
