"""`guantong trace --values`: every value of what came and of what was sent, by the mapping version that made it."""

from __future__ import annotations

import shutil
import sqlite3

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, Desk, widest

from guantong.keyring import open_vault
from guantong.mapping.codes import KEPT_NOWHERE

PORTAL = "city.hall-portal"
APPLICATION = {
    "SBLSH": "10000010100699201211407150001", "SXBM": "10000010100699201213445202", "SXMC": "个体工商户设立登记",
    "XZQHDM": "445202", "SJBBH": "1", "SQRLX": "1", "SQRMC": "陈䶮", "SQRZJLX": "111", "SQRZJHM": "442326194708026313",
    "LXRXM": "陈䶮", "LXRSFZJHM": "440525850416963", "LXRSJ": "19900004441", "SBXMMC": "某申请", "TJFS": "1",
    "SBSJ": "2014-7-15 10:30:00", "SBHZH": "SB445202000001", "WSQ": "x",
    "SBCLQD": [{"CLMC": "申请书", "CLLX": "2", "CLSL": "1"}, {"CLMC": "身份证明", "CLLX": "1", "CLSL": "2"}],
}


def test_a_message_tells_every_value_with_its_source_rule_and_table(desk: Desk) -> None:
    """The path in the record, what stood there, the rule's file and line, what the rule did beyond copying."""
    desk.tell(APPLICATION, system=PORTAL)
    answer = desk.json("trace", "M1", "--values")
    (hop,) = answer["hops"]
    assert (answer["ok"], hop["verdict"], hop["unread"], hop["differences"]) == (True, "same", ["WSQ"], [])
    fields = {row["target"]: row for row in hop["fields"]}
    assert fields["applied_at"] == {
        "target": "applied_at", "value": "2014-07-15T10:30:00+08:00", "source": "SBSJ", "raw": "2014-7-15 10:30:00",
        "type": "datetime", "functions": [], "table": "", "row": None,
        "rule": "mappings/gd-exchange/case.application.yaml:27:3",
        "fired": ["format"],
    }
    assert (fields["applicant.type"]["raw"], fields["applicant.type"]["table"]) == ("1", "applicant.type")
    row = fields["applicant.type"]["row"]
    assert (row["word"], row["value"], row["file"].split(":")[0]) == (
        "person", "1", "mappings/gd-exchange/codes/applicant.type.yaml")
    assert (fields["materials[1].name"]["source"], fields["materials[1].name"]["raw"]) == ("SBCLQD[1]/CLMC", "身份证明")


def test_a_value_that_was_sent_is_followed_to_the_record_that_brought_it(desk: Desk) -> None:
    """Both hops: native field ← standard field ← the very place in the received record, inside lists too."""
    desk.tell(APPLICATION, system=PORTAL)
    desk.attempt(1)
    (hop,) = desk.json("trace", "D1", "--values")["hops"]
    assert (hop["verdict"], hop["system"], hop["kind"]) == ("same", "rongcheng.approval", "application")
    came = {row["target"]: (row["source"], row["from"]["message"], row["from"]["source"]) for row in hop["fields"]}
    assert came["materials[1]/name"] == ("materials[1].name", "M1", "SBCLQD[1]/CLMC")
    assert came["applyNo"] == ("serial.province", "M1", "SBLSH")
    assert None not in {origin for _, _, origin in came.values()}


@pytest.mark.parametrize("name", ["applicantName", "applicant.name", "SQRMC"])
def test_one_field_is_found_by_any_of_its_names(desk: Desk, name: str) -> None:
    """Native where it was sent, standard, native where it came from."""
    desk.tell(APPLICATION, system=PORTAL)
    desk.attempt(1)
    (hop,) = desk.json("trace", "D1", "--field", name)["hops"]
    assert [row["target"] for row in hop["fields"]] == ["applicantName"]
    none = desk.guantong("trace", "D1", "--field", "nix")
    assert (none.exit_code, none.stderr) == (1, "D1 中没有字段 nix · D1 holds no field nix\n")


def test_personal_values_are_masked_unless_they_are_to_be_seen(desk: Desk) -> None:
    """Standard and native values alike, in tables and JSON."""
    desk.tell(APPLICATION, system=PORTAL)
    desk.attempt(1)
    for words in (("trace", "C1", "--values"), ("trace", "C1", "--values", "--json")):
        masked, open_ = desk.guantong(*words), desk.guantong(*words, "--reveal", "--why", "核对姓名", "--as", "陈工")
        for secret in ("陈䶮", "442326194708026313", "19900004441"):
            assert secret not in masked.output
            assert secret in open_.stdout


def test_what_was_altered_in_the_store_is_told_by_field(desk: Desk) -> None:
    """An event that no longer says what its record gives: the field, both values, exit 1."""
    desk.tell(ACCEPTANCE)
    vault = open_vault(desk.configuration().keys, create=False)
    with sqlite3.connect(desk.home / "var" / "guantong.db") as store:
        (body,) = store.execute("SELECT body FROM event").fetchone()
        values = orjson.loads(vault.open(body))
        store.execute("UPDATE event SET body = ?", (vault.seal(orjson.dumps({**values, "outcome": "refused"})),))
    store.close()
    result = desk.guantong("trace", "M1", "--values")
    assert result.exit_code == 1
    assert "重新计算与留存不一致" in result.stdout
    assert "outcome: 留存 kept 'refused' · 重算 recomputed 'accepted'" in result.stdout
    assert "[GT610]" in result.stderr


def test_bytes_that_were_sent_otherwise_are_told_by_field(desk: Desk) -> None:
    """The kept body of a delivery is held against what its mapping makes of the event."""
    desk.tell(ACCEPTANCE)
    desk.attempt(1)
    vault = open_vault(desk.configuration().keys, create=False)
    with sqlite3.connect(desk.home / "var" / "guantong.db") as store:
        (body,) = store.execute("SELECT body FROM sent").fetchone()
        store.execute("UPDATE sent SET body = ?", (vault.seal(vault.open(body).replace("个体工商户".encode(), "个体".encode())),))
    store.close()
    (hop,) = desk.json("trace", "D1", "--values")["hops"]
    assert (hop["verdict"], [one["code"] for one in hop["problems"]]) == ("differs", ["GT610"])
    assert hop["differences"] == [{"path": "SXMC", "kept": "'个体设立登记'", "recomputed": "'个体工商户设立登记'"}]


def changed_since(desk: Desk) -> None:
    """A record that came and one that was sent, and then both their mappings changed."""
    desk.tell(ACCEPTANCE)
    desk.attempt(1)
    for dialect in ("rongcheng", "gd-hall"):
        with (desk.home / "mappings" / dialect / "case.acceptance.yaml").open("a", encoding="utf-8") as file:
            file.write("\nignored: [nix]\n")


def test_what_was_made_by_an_older_version_is_explained_by_that_version(desk: Desk) -> None:
    """The mapping of that time is read from what the home keeps; today's has another hash."""
    changed_since(desk)
    today = {one.id for dialect in desk.configuration().dialects.values() for one in dialect.plans.values()}
    for key, count in (("M1", 10), ("D1", 10)):
        answer = desk.json("trace", key, "--values")
        (hop,) = answer["hops"]
        assert (answer["ok"], hop["verdict"], len(hop["fields"])) == (True, "same", count)
        assert hop["plan"] not in today


def test_a_version_that_is_not_kept_is_said_plainly(desk: Desk) -> None:
    """Nothing is explained by a mapping that did not make it."""
    changed_since(desk)
    shutil.rmtree(desk.home / "var" / "mappings")
    for key, system in (("M1", "rongcheng.approval"), ("D1", "city.hall")):
        answer = desk.json("trace", key, "--values")
        (hop,) = answer["hops"]
        assert (answer["ok"], hop["verdict"], hop["system"], hop["fields"]) == (False, "gone", system, [])
        assert [one["code"] for one in hop["problems"]] == [KEPT_NOWHERE.id]


def test_an_event_that_its_record_does_not_hold_is_said(desk: Desk) -> None:
    """The record was replaced by one that its mapping does not read."""
    desk.tell(ACCEPTANCE)
    vault = open_vault(desk.configuration().keys, create=False)
    with sqlite3.connect(desk.home / "var" / "guantong.db") as store:
        store.execute("UPDATE message SET body = ?", (vault.seal(b'{"type": "finish"}'),))
    store.close()
    (hop,) = desk.json("trace", "M1", "--values")["hops"]
    assert (hop["verdict"], hop["fields"], [one["code"] for one in hop["problems"]]) == ("differs", [], ["GT613"])


def test_a_record_that_could_not_be_read_is_explained_by_the_mapping_in_force(desk: Desk) -> None:
    """Every value that could be read, and the problem with the one that could not."""
    desk.tell({**ACCEPTANCE, "result": "granted"})
    (hop,) = desk.json("trace", "M1", "--values")["hops"]
    assert (hop["verdict"], [one["code"] for one in hop["problems"]]) == ("today", ["GT243"])
    assert "operator.name" in [row["target"] for row in hop["fields"]]


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_the_table_fits_the_screen(desk: Desk, columns: int) -> None:
    """At the widths people use."""
    desk.tell(APPLICATION, system=PORTAL)
    desk.attempt(1)
    result = desk.guantong("trace", "C1", "--values", columns=columns)
    assert result.exit_code == 0
    assert widest(result.stdout) <= columns
