"""What died is shown so that a person can repair it, and repaired as a group."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, COUNTY, SECRETS, Desk, nobody_backfills, widest

from guantong.control import Control
from guantong.hub import open_engine
from guantong.journey.codes import DISK_LOW
from guantong.journey.engine import Engine
from guantong.journey.states import DeliveryState
from guantong.mapping.memory import Memory
from guantong.operations.telling import Telling
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.reload import Reloader
from guantong.retention.pruning import Pruner

UNTRANSLATED = {**ACCEPTANCE, "result": "granted"}
TABLE = "mappings/rongcheng/codes/outcome.acceptance.yaml"
MENDED = ('accepted:      "accepted"', 'accepted:      ["accepted", "granted"]')


def test_an_empty_list_says_so(desk: Desk) -> None:
    """No empty table that looks like a broken one."""
    desk.tell()
    assert desk.guantong("dead", "list").stdout == "没有异常 · Nothing is dead.\n"
    assert desk.json("dead", "list") == {"dead": []}


def test_what_died_is_listed_by_reason(desk: Desk) -> None:
    """One reason, one paragraph, whatever the count; the ids below it; then what to do."""
    desk.tell(UNTRANSLATED, {**UNTRANSLATED, "bizNo": "RC20140715-0778"})
    lines = desk.guantong("dead", "list").stdout.splitlines()
    assert lines[:3] == [
        "异常 2 件，原因 1 种 · 2 dead, 1 reasons", "", "无法转换 accept · rongcheng.approval · accept · GT243",
    ]
    assert " ".join(lines).count("mappings/rongcheng/case.acceptance.yaml:16:3 result: 代码 'granted' 没有对应关系") == 1
    assert any(line.startswith("  M1  M2    ") for line in lines)
    assert lines[-1] == "查看 look: guantong dead show M1 · 修复后重放 mended, again: guantong dead replay M1"


def test_what_waits_for_a_code_row_is_shown_with_its_table_and_nothing_to_do(desk: Desk) -> None:
    """`dead list`, `dead show` and `queues` name table and code; it goes on by itself, so no replay is asked for."""
    desk.edit("mappings/rongcheng/case.acceptance.yaml", "codes: outcome.acceptance, otherwise: park",
              "codes: outcome.acceptance, otherwise: wait")
    desk.tell(UNTRANSLATED)
    waits = "代码 'granted' 等待代码表 outcome.acceptance 补充对应的行"
    shown = [desk.guantong(*verb, columns=300).stdout for verb in (("dead", "list"), ("dead", "show", "M1"), ("queues",))]
    assert [waits in text for text in shown] == [True, True, True]
    assert "接下来 next 补充代码表并 guantong reload（或重启中枢）后自动继续，无需重放" in shown[1]
    [entry] = desk.json("queues")["systems"]["rongcheng.approval"]["awaiting_rows"]
    assert (entry["way"], entry["count"], waits in entry["reason"]) == ("in", 1, True)


def test_texts_are_printed_as_they_are(desk: Desk) -> None:
    """A date format is no emoji (`:m:`), and square brackets are no markup."""
    desk.tell({**ACCEPTANCE, "time": "2014-13-45"})
    shown = desk.guantong("dead", "list", columns=300).stdout
    assert "yyyy-M-d H:m:s" in shown
    desk.tell({**ACCEPTANCE, "bizNo": "RC20140715-0779"})
    desk.end(1, DeliveryState.DEAD, "GT412", "city.hall 拒绝接收：[bold]编码：3")
    assert "[bold]编码：3" in desk.guantong("dead", "list", columns=300).stdout


def test_the_field_at_fault_comes_first_with_its_rule_and_value(desk: Desk) -> None:
    """`dead show` of a message: the failing field, file and line, and every other field; names masked."""
    desk.tell(UNTRANSLATED)
    result = desk.guantong("dead", "show", "M1")
    lines = result.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("───")) + 1
    assert lines[first].split() == ["result", "7", "outcome", "GT243", "granted", ":16:3"]
    assert "欧阳**" not in result.stdout
    assert "欧***" in result.stdout
    assert "欧阳示例" not in result.stdout
    assert lines[-1] == "放弃 give up: guantong dead discard M1 --why …"
    assert widest(result.stdout) <= 100


def test_dead_show_is_one_json_object(desk: Desk) -> None:
    """Stable names: the entry, its serials, its journal, and the evidence."""
    desk.tell(UNTRANSLATED)
    entry = desk.json("dead", "show", "M1")
    assert list(entry) == ["id", "stage", "system", "event", "at", "code", "reason", "serials", "journal", "evidence"]
    assert list(entry["evidence"]) == ["mappings", "fields", "unread", "problems"]
    assert entry["evidence"]["fields"][0] == {
        "native": "result", "canonical": "outcome", "value": "granted", "length": 7,
        "rule": "mappings/rongcheng/case.acceptance.yaml:16:3", "problem": "GT243",
    }
    assert "欧阳示例" not in orjson.dumps(entry).decode()


def test_a_field_the_target_names_comes_first(desk: Desk) -> None:
    """The hall said which field is too long: its row leads, with its length, its opinion text hidden."""
    step = {"type": "step", "applyNo": "1", "bizNo": "R1", "stepCode": "1", "time": "2014-07-16 09:00:00",
            "opinion": "某" * 1140, "status": "pass"}
    desk.tell(step)
    desk.end(1, DeliveryState.DEAD, "GT412", "city.hall 拒绝接收：编码：3；描述：字段超长 SPYJ；请与 city.hall 核实")
    result = desk.guantong("dead", "show", "D1")
    lines = result.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("───")) + 1
    assert lines[first].split()[:4] == ["SPYJ", "1140", "step.opinion", "***"]
    assert lines[0] == "D1 · 推送失败 deliver · city.hall · 审批 case.step"
    assert "某某" not in result.stdout


def test_a_delivery_is_named_with_or_without_its_letter(desk: Desk) -> None:
    """D1 and 1 are the same delivery; lists and answers say D1."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.DEAD, "GT412", "x")
    assert desk.json("dead", "list")["dead"][0]["id"] == "D1"
    assert desk.guantong("dead", "show", "1").stdout == desk.guantong("dead", "show", "D1").stdout
    assert desk.guantong("dead", "replay", "1").stdout == "✓ D1: 待推送 waiting\n"


def test_a_mended_code_table_lets_the_message_go(desk: Desk) -> None:
    """Add the code, look, replay."""
    desk.tell(UNTRANSLATED)
    refused = desk.guantong("dead", "replay", "M1")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("✗ M1: 报文 M1 仍无法转换：mappings/rongcheng/case.acceptance.yaml:16:3 result: 代码 'granted' 没有")
    assert "请修正映射或代码表，执行 `guantong reload` 后再重放；或不再推送 [GT604]\n    message M1 still cannot be translated" in refused.stderr
    desk.edit(TABLE, *MENDED)
    assert "按现在的映射已能转换 · it translates with the mappings as they are now" in desk.guantong("dead", "show", "M1").stdout
    done = desk.guantong("dead", "replay", "M1", "--why", "已补代码")
    assert (done.exit_code, done.stdout) == (0, "✓ M1: 已转发 routed\n")


def test_queues_say_why_the_doors_take_nothing(desk: Desk) -> None:
    """While the hub refuses for want of space, whoever looks at the queues reads it in plain words."""

    async def beside_a_hub() -> None:
        async with open_engine(desk.configuration(), registry()) as engine:
            control = Control(engine, Reloader(engine, registry(), Memory()), nobody_backfills(engine), Telling(engine), Pruner(engine))
            await control.open()
            try:
                assert (await asyncio.to_thread(desk.json, "queues"))["doors_closed"] is None
                engine.pressure.problem = Problem(DISK_LOW, details={"free": 12, "limit": 256})
                told = (await asyncio.to_thread(desk.json, "queues"))["doors_closed"]
                assert (told["code"], told["hint_zh"]) == ("GT425", "请稍后重发同一报文；请运维人员清理磁盘")
                shown = " ".join((await asyncio.to_thread(desk.guantong, "queues")).stdout.split())
            finally:
                await control.close()
        assert ("暂不接收新报文 · the doors take nothing for now: var/ 所在磁盘仅剩 12 MiB，低于 256 MiB（hub.queue.free） [GT425]"
                in shown)

    asyncio.run(beside_a_hub())


def test_a_hub_with_older_files_is_told_of(desk: Desk) -> None:
    """The hub that acts loaded its mappings before they were mended: every verb that matters says: reload."""
    desk.tell(UNTRANSLATED)

    async def beside_a_hub() -> None:
        async with open_engine(desk.configuration(), registry()) as engine:
            control = Control(engine, Reloader(engine, registry(), Memory()), nobody_backfills(engine), Telling(engine), Pruner(engine))
            await control.open()
            try:
                await asyncio.to_thread(look, engine)
            finally:
                await control.close()

    def look(_engine: Engine) -> None:
        assert desk.json("queues")["running"] is True
        assert "GT168" not in desk.guantong("queues").stderr
        desk.edit(TABLE, *MENDED)
        told = "中枢加载后映射已改动：运行中的中枢仍按旧的执行; 请执行 `guantong reload` 使其生效 [GT168]"
        assert told in desk.guantong("queues").stderr
        assert told in desk.guantong("dead", "replay", "M1").stderr
        assert told in desk.guantong("check", env=SECRETS).stdout
        answer = desk.json("dead", "replay", "M1")
        assert (answer["restart_needed"], answer["reload_needed"]) == (False, True)
        said = desk.guantong("reload", "--dry-run", env={"SUDO_USER": "root"}).stdout  # who only looks need not say who it is
        assert said.startswith("可以换用（尚未执行）· These would be taken up; nothing was changed.\n  rongcheng: ")
        assert said.endswith("  case.acceptance\n")
        assert desk.guantong("reload", "--why", "已补代码").stdout.startswith("已换用新映射，无需重启 · The new mappings are in")
        assert desk.guantong("reload").stdout == "映射没有变化 · The mappings are as they were.\n"
        done = desk.guantong("dead", "replay", "M1")
        assert (done.exit_code, done.stdout, done.stderr) == (0, "✓ M1: 已转发 routed\n", "")
        desk.edit("config/routes.yaml", "routes:", "# changed\nroutes:")
        desk.edit(TABLE, "accepted: ", "acepted: ")
        refused = desk.guantong("reload")
        assert refused.exit_code == 2
        assert refused.stdout.splitlines()[0] == "新映射未采用，中枢继续使用原来的 · Not taken up: the hub goes on with the old mappings."
        assert f"{TABLE}:" in refused.stdout.splitlines()[1]
        assert desk.json("queues")["mappings_refused"]["problems"] == len(desk.json("reload")["problems"])
        assert "起中枢继续使用原来的映射：改动后的无法加载（" in desk.guantong("queues").stderr
        assert "起中枢继续使用原来的映射：改动后的无法加载（" in desk.guantong("check", env=SECRETS).stdout

    asyncio.run(beside_a_hub())


def test_a_reload_without_a_hub_says_that_the_next_start_reads_the_files(desk: Desk) -> None:
    """Also where a killed one left its socket behind."""
    for _ in range(2):
        done = desk.guantong("reload")
        assert done.exit_code == 1
        assert done.stderr.splitlines() == [
            "该工作目录没有运行中的中枢：下次启动时读取文件; 用 `guantong run` 启动 [GT642]",
            "    no hub runs on this home: the next start reads the files; start it with `guantong run`"]
        (desk.home / "var").mkdir(exist_ok=True)
        (desk.home / "var/hub.sock").touch()


def test_what_no_route_takes_is_listed_and_goes_once_there_is_one(desk: Desk) -> None:
    """Unrouted is visible in `queues` and `dead list`, and replayed like the rest."""
    routes = desk.home / "config/routes.yaml"
    before = routes.read_text(encoding="utf-8")
    routes.write_text(before.replace("      - case.acceptance\n", ""), encoding="utf-8")
    desk.tell(ACCEPTANCE)
    assert desk.json("queues")["systems"][COUNTY]["unrouted"] == 1
    [entry] = desk.json("dead", "list")["dead"]
    assert (entry["id"], entry["stage"], entry["code"]) == ("M1", "route", "GT407")
    assert desk.guantong("dead", "show", "M1").stdout.splitlines()[0] == "M1 · 无转发规则 route · rongcheng.approval · accept"
    routes.write_text(before, encoding="utf-8")
    assert desk.guantong("dead", "replay", "--all").stdout == "✓ M1: 已转发 routed\n"


def test_a_dry_run_does_nothing(desk: Desk) -> None:
    """It says what would be done, needs no name and no reason."""
    desk.tell(UNTRANSLATED)
    said = desk.guantong("dead", "discard", "--all", "--dry-run", env={"SUDO_USER": "root"})
    first, good, group = said.stdout.splitlines()
    assert (said.exit_code, first) == (0, "将放弃 1 件，未执行 · 1 would be discarded, nothing done: M1")
    assert good == ("  其中 1 件放弃后不可撤销（报文，或已尝试过的推送）· 1 of them for good: messages, and deliveries that were attempted, cannot be "
                    "brought back")
    assert "  1 件  rongcheng.approval · accept · GT243  " in group
    assert desk.json("dead", "replay", "--all", "--dry-run")["ids"] == ["M1"]
    assert len(desk.json("dead", "list")["dead"]) == 1


def test_acts_want_a_person_a_reason_and_a_choice(desk: Desk) -> None:
    """Wrong usage is exit 2, and says what to write."""
    desk.tell(UNTRANSLATED)
    one_of_two = "请给出编号，或用 --all 或筛选条件（二者之一）/ give ids, or --all or options that choose: one of the two\n"
    wrong = {
        ("replay", "M1"): "请用 --as 写明姓名，如 --as 陈工（root 不是人名）/ say who you are, as in --as 陈工: root is no person\n",
        ("replay",): one_of_two,
        ("replay", "M1", "--all"): one_of_two,
        ("replay", "M1", "--system", COUNTY): one_of_two,
        ("discard", "M1"): "请用 --why 说明原因 / say why with --why\n",
    }
    for words, said in wrong.items():
        result = desk.guantong("dead", *words, env={"SUDO_USER": "root"})
        assert (result.exit_code, result.stderr) == (2, said)


def test_what_cannot_be_done_says_why_in_both_languages(desk: Desk) -> None:
    """States by their words; exit 1; the others are done all the same."""
    desk.tell(ACCEPTANCE)
    result = desk.guantong("dead", "replay", "M1", "D1", "xx")
    assert result.exit_code == 1
    assert result.stderr == (
        "✗ M1: 报文 M1 的状态是“已转发”，不是“无法转换 / 无转发规则”; 可用 guantong trace M1 查看 [GT602]\n"
        "    message M1 is routed, not parked / unrouted; look at it with: guantong trace M1\n"
        "✗ D1: 推送 D1 的状态是“待推送”，不是“异常”; 可用 guantong trace D1 查看 [GT602]\n"
        "    delivery D1 is waiting, not dead; look at it with: guantong trace D1\n"
        "✗ xx: 没有编号为 xx 的对象; 可用 guantong dead list 查看 [GT601]\n"
        "    there is no object xx; list them with: guantong dead list\n"
    )
    assert desk.guantong("dead", "discard", "--all", "--why", "x").stdout == "没有可处理的 · There is nothing to do.\n"


def test_a_misspelt_system_is_no_empty_list(desk: Desk) -> None:
    """Exit 2 and the name that was meant."""
    desk.tell(UNTRANSLATED)
    for verb in ("dead", "unknown", "conflicts"):
        result = desk.guantong(verb, "list", "--system", "rongcheng.aproval")
        assert result.exit_code == 2
        assert result.stderr.startswith("没有名为 'rongcheng.aproval' 的系统; 可用：city.hall, ")
        assert result.stderr.splitlines()[0].endswith("(rongcheng.approval?) [GT167]")
    assert desk.guantong("dead", "list", "--system", "city.hall").exit_code == 0


def test_what_was_sent_by_a_codec_that_is_no_more_is_told_and_the_rest_shown(desk: Desk) -> None:
    """No traceback: why it cannot be shown, and the fields that a replay would send."""
    desk.tell(ACCEPTANCE)
    desk.attempt(1)
    desk.end(1, DeliveryState.DEAD, "GT412", "city.hall 拒绝接收")
    desk.edit("mappings/gd-hall/dialect.yaml", "out: exinfo", "out: json")
    desk.edit("mappings/gd-hall/dialect.yaml", "  out: {lists: {SBCLQD: {item: CL, root: CLS}, SLZLQD: {item: CL, root: CLS}}}\n", "")
    shown = desk.guantong("dead", "show", "D1", columns=300)
    assert shown.exit_code == 0, shown.output
    assert ("D1：已推送的内容无法显示：数据规范 gd-hall-sites 的编解码此后有改动（报文自第 1 个字符起不是有效的 JSON）; "
            "所列字段是重放时由留存的过程信息重新转换所得；此前推送的内容保留至重放 [GT386]") in shown.stdout
    assert "YWLSH" in shown.stdout
    found = desk.json("dead", "show", "D1")["evidence"]
    assert [one["code"] for one in found["problems"]] == ["GT386"]
    assert {one["native"] for one in found["fields"]} >= {"SBLSH", "YWLSH"}


def test_a_record_that_came_by_a_codec_that_is_no_more_is_told_and_its_replay_says_why(desk: Desk) -> None:
    desk.tell(UNTRANSLATED)
    desk.edit("mappings/rongcheng/dialect.yaml", "{in: json, out: json, reply: json}", "{in: xml-element, out: json, reply: json}")
    desk.edit("mappings/rongcheng/dialect.yaml", "  in:  {kind_field: type}\n", "  in:  {kind: type}\n")
    shown = desk.guantong("dead", "show", "M1", columns=300)
    assert shown.exit_code == 0, shown.output
    assert "M1：报文无法显示：数据规范 rongcheng 的编解码此后有改动" in shown.stdout
    assert "[GT387]" in shown.stdout
    replayed = desk.guantong("dead", "replay", "M1", columns=300)
    assert replayed.exit_code == 1
    assert replayed.stderr.startswith("✗ M1: ")
    assert "GT604" in replayed.stderr


@pytest.mark.parametrize(("code", "title", "advice"), [
    ("GT970", "循环转报 in circles", "settle the finding, then replay: replayed before, it goes round once more"),
    ("GT971", "循环转报 in circles", "settle the finding, then replay: replayed before, it goes round once more"),
    ("GT482", "已隔离 quarantined", "give the log named above and the record to who made the adapter; once it is mended"),
    ("GT412", "推送失败 deliver", "settle it with the other side, then replay"),
])
def test_what_to_do_next_is_said_by_what_failed(desk: Desk, code: str, title: str, advice: str) -> None:
    """A circle and a quarantine are neither the mapping's fault nor the other side's."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.DEAD, code, "x")
    assert desk.guantong("dead", "list", columns=300).stdout.splitlines()[2].startswith(f"{title} · ")
    shown = desk.guantong("dead", "show", "D1", columns=300).stdout
    assert shown.startswith(f"D1 · {title} · ")
    assert advice in shown
