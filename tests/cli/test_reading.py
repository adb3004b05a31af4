"""Queues, unknown, conflicts, trace: readable at 100 columns, one JSON object each, no secrets needed."""

from __future__ import annotations

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk, widest

from guantong.clock import now_ms, shown
from guantong.journey.states import DeliveryState


def test_queues_fit_in_100_columns_and_say_that_no_hub_runs(desk: Desk) -> None:
    """Names of systems are whole; columns with nothing in them are left out."""
    desk.tell(ACCEPTANCE, {**ACCEPTANCE, "operatorName": "欧阳另例"}, {**ACCEPTANCE, "result": "granted"})
    desk.end(1, DeliveryState.UNKNOWN, "GT414", "x")
    result = desk.guantong("queues")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["系统", "待推送", "排队", "待重试", "待核实", "异常", "未转换", "冲突", "最久"]
    assert lines[1].split() == ["System", "waiting", "blocked", "retrying", "unknown", "dead", "parked", "conflict", "oldest"]
    rows = {words[0]: words[1:8] for words in (line.split() for line in lines[3:-1])}
    assert rows[COUNTY] == ["·", "·", "·", "·", "·", "1", "1"]
    assert rows["city.hall"] == ["·", "·", "·", "1", "·", "·", "·"]
    assert lines[-1] == "中枢未运行：以上是停止时的情况 · no hub runs: this is how it stopped"
    assert widest(result.stdout) <= 100


def test_queues_json_names_every_figure(desk: Desk) -> None:
    """Per system the states of DESIGN §7 and what waits for a person; and whether a hub runs."""
    desk.tell(ACCEPTANCE)
    answer = desk.json("queues")
    assert list(answer) == ["systems", "routes", "refused", "running", "others", "mappings_refused", "doors_closed", "tickets_lost"]
    assert answer["running"] is False
    assert list(answer["systems"]["city.hall"]) == [
        "waiting", "blocked", "sending", "retrying", "unknown", "dead", "sent", "dead_at_accept", "unrouted",
        "conflicts", "held", "hold", "findings", "oldest_seconds", "awaiting_rows", "awaiting_values", "awaiting_events", "forecast", "lost",
        "refused_codes", "refused", "put_off_codes",
    ]


def test_queues_tells_who_is_lost_of_a_hub_of_any_version(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line each: as what, since when, why, and when it is tried next; what an earlier hub does not tell is left out."""
    earlier = {**dict.fromkeys(("waiting", "blocked", "sending", "retrying", "unknown", "dead", "sent"), 0),
               "retrying": 8, "held": False, "oldest_seconds": 90.0}
    since = 1_405_391_400_000
    lost = [
        {"since": since, "as": "target", "code": "GT447", "reason": "no answer within 30 s", "next": None},
        {"since": since, "as": "source", "code": "GT405", "reason": "not kept [GT405]", "next": now_ms() + 86_400_000},
        {"since": since, "as": "receipts", "code": "GT447", "reason": "OSError", "next": since},
    ]
    systems: dict[str, object] = {"city.hall": earlier}
    monkeypatch.setattr("guantong.cli.queues.status_of", lambda _home: {"queues": {"systems": systems}})
    first = desk.guantong("queues", columns=200)
    assert (first.exit_code, "失联" in first.stdout) == (0, False)
    assert desk.json("queues")["systems"] == {"city.hall": earlier}
    systems["city.hall"] = {**earlier, "lost": lost}
    result = desk.guantong("queues", columns=200)
    assert result.exit_code == 0
    told = [line for line in result.stdout.splitlines() if line.startswith("失联")]
    when = shown(since)
    assert told == [
        f"失联 lost 发往 to city.hall  {when} 起 since：no answer within 30 s [GT447]，有推送可发时再试 tried when something is to be sent",
        f"失联 lost 来自 from city.hall  {when} 起 since：not kept [GT405]，{shown(int(str(lost[1]['next'])))} 再试 tried next",
        f"失联 lost 取回执 receipts of city.hall  {when} 起 since：OSError [GT447]，正在重试 being tried",
    ]


@pytest.mark.parametrize(("code", "said"), [("", "用户或口令不符；"), ("GT884", "用户或口令不符 [GT884]；")])
def test_queues_tells_that_no_broker_says_what_is_ready(desk: Desk, monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    """Since when, why, and that the work goes on without it."""
    lost = {"since": 1_405_391_400_000, "reason": "x", "reason_zh": "用户或口令不符", "code": code}
    told = {"queues": {"systems": {}}, "tickets_lost": lost}
    monkeypatch.setattr("guantong.cli.queues.status_of", lambda _home: told)
    shown_line = next(line for line in desk.guantong("queues", columns=300).stdout.splitlines() if line.startswith("待办票"))
    assert shown_line == (f"待办票断开 tickets lost  {shown(1_405_391_400_000)} 起 since：{said}其间各推送进程互相唤醒，推送照常 · meanwhile the "
                          "workers wake one another")


def test_unknown_tells_what_to_look_up_and_how_to_answer(desk: Desk) -> None:
    """The case's serials, and the two ways to settle it."""
    desk.tell(ACCEPTANCE)
    assert desk.guantong("unknown", "list").stdout == "没有待核实的推送 · Nothing is unknown.\n"
    desk.end(1, DeliveryState.UNKNOWN, "GT414", "不清楚 city.hall 是否已接收：超时")
    shown = desk.guantong("unknown", "list").stdout
    assert "D1 · city.hall · 受理 case.acceptance · " in shown
    assert "county RC20140715-0777" in shown
    assert shown.endswith("未生效 it did not:     guantong unknown resolve D1 --did-not\n")
    assert "wait for a value" not in shown
    desk.end(2, DeliveryState.WAITING, "GT416", "等待该办件的 serial.province")
    shown = desk.guantong("unknown", "list").stdout
    assert "  D2 wait for a value of the case that its reply may have told: settled as --took-effect they wait until a record names it; where" in shown
    assert desk.json("unknown", "list")["unknown"][0]["waiting_for_values"] == ["D2"]
    neither = desk.guantong("unknown", "resolve", "D1")
    assert (neither.exit_code, neither.stderr) == (
        2, "请给出 --took-effect 或 --did-not 之一 / give one of --took-effect, --did-not\n")
    assert desk.guantong("unknown", "resolve", "D1", "--took-effect").stdout == "✓ D1: 已确认 confirmed\n"


def test_a_conflict_shows_what_differs(desk: Desk) -> None:
    """Old and new of each field, masked; and who has the old content already."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.CONFIRMED, "", "")
    desk.tell({**ACCEPTANCE, "operatorName": "司马示例", "orgName": "榕城区另局"})
    [entry] = desk.json("conflicts", "list")["conflicts"]
    assert (entry["id"], entry["event"], entry["record"], entry["taken_by"]) == ("M2", "case.acceptance", "accept", ["city.hall"])
    assert [(one["path"], one["old"], one["new"]) for one in entry["differences"]] == [
        ("operator.name", "欧***", "司***"), ("org.name", "榕城区某局", "榕城区另局"),
    ]
    shown = desk.guantong("conflicts", "list", columns=300).stdout
    assert "operator.name: 旧 old “欧***” → 新 new “司***”" in shown
    assert "guantong conflicts choose M2 --keep new" in shown
    assert "旧内容已送达 the old was delivered to: city.hall" in shown
    wrong = desk.guantong("conflicts", "choose", "D1", "--keep", "old")
    assert wrong.stderr == (
        "✗ D1: D1 是推送；此操作只针对报文（M12）; 可用 guantong trace D1 查看 [GT609]\n"
        "    D1 is a delivery; this is done to messages (M12); look at it with: guantong trace D1\n"
    )
    assert desk.guantong("conflicts", "choose", "M2", "--keep", "old").stdout == "✓ M2: 不再推送 discarded\n"
    assert desk.guantong("conflicts", "list").stdout == "没有冲突 · There is no conflict.\n"


def test_a_trace_keeps_names_whole_at_100_columns(desk: Desk) -> None:
    """By any serial, message or delivery; the date once; what is not finished below, with its reason."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.DEAD, "GT412", "city.hall 拒绝接收：编码：3")
    shown = desk.guantong("trace", "RC20140715-0777").stdout
    assert {desk.guantong("trace", key).stdout for key in ("10000010100699201211407150777", "M1", "D1", "d1", "C1")} == {shown}
    lines = shown.splitlines()
    assert lines[0] == "办件 Case C1  county RC20140715-0777  province 10000010100699201211407150777"
    assert lines[1].split()[1:] == ["环节", "What", "系统", "System", "过程信息", "Event", "说明", "Detail"]
    assert "接收并转发 routed  rongcheng.approval  case.acceptance  M1  → city.hall," in shown
    assert lines[-3:-1] == ["D1  case.acceptance → city.hall  异常 dead  [GT412]", "  city.hall 拒绝接收：编码：3"]
    assert lines[-1] == "D2  case.acceptance → city.supervision  待推送 waiting"
    assert widest(shown) <= 100


def test_a_trace_of_what_has_no_case_says_so(desk: Desk) -> None:
    """A parked message belongs to no case yet; what nobody knows is exit 1 with what may be given."""
    desk.tell({**ACCEPTANCE, "result": "granted"})
    assert desk.guantong("trace", "M1").stdout.splitlines()[0] == "报文 Message（未归入任何办件 of no case yet）"
    unknown = desk.guantong("trace", "nosuch")
    assert (unknown.exit_code, unknown.stderr.splitlines()[0]) == (
        1, ("没有找到 nosuch：请给出任一流水号，或 M…（报文）、D…（推送）、C…（办件）编号；超过保留期限的报文、推送请按办件查；"
        "无法转换的报文尚无流水号，见 guantong dead list"))


def test_what_others_sent_steers_no_terminal(desk: Desk) -> None:
    """Escape sequences, single controls of C1 and turned writing are shown as what they are: no text can clear the
    screen, hide a line or colour itself."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.UNKNOWN, "GT414", "答复：\x1b[2J\x1b]0;title\x07\x9b31m\u202e倒写\r")
    shown = desk.guantong("trace", "D1").stdout
    assert "答复：\ufffd[2J\ufffd]0;title" in shown
    assert "31m\ufffd倒写" in shown
    assert not set(shown) & set("\x1b\x07\x9b\r\u202e")


def test_the_timeline_names_entries_and_causes_when_asked(desk: Desk) -> None:
    """Its number first, what it follows from last, on a narrow screen, too; without the word all stays as it was."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.CONFIRMED, "", "")
    shown = desk.guantong("trace", "M1", "--causes", columns=200).stdout
    assert "说明与起因 Detail ← cause" in shown
    assert [line.split()[0] for line in shown.splitlines() if "routed" in line] == ["E3"]
    assert "E3" in desk.guantong("trace", "M1", "--causes", columns=80).stdout
    assert "cause" not in desk.guantong("trace", "M1", columns=200).stdout
    (case,) = orjson.loads(desk.guantong("trace", "M1", "--causes", "--json").stdout)["subjects"]
    assert case["journal"][0]["parents"] == []
