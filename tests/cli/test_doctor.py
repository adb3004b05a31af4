"""`guantong doctor` on the command line."""

from __future__ import annotations

import sqlite3

import orjson
from tests.cli.desk import ACCEPTANCE, Desk

SOUND = ("完好：各项承诺均成立；日志和内容是否被改动见 guantong audit verify · Sound: every promise holds; whether anything was altered, "
         "guantong audit verify says.")


def test_the_verb_tells_sums_findings_and_exit_code(desk: Desk) -> None:
    """0 and a line that says so; 1 with the finding in both languages; one JSON object."""
    with (desk.home / "config/guantong.yaml").open("a", encoding="utf-8") as file:
        file.write("audit: {anchors: [outside/checkpoints]}\n")
    desk.tell(ACCEPTANCE)
    result = desk.guantong("doctor")
    assert (result.exit_code, result.stdout.splitlines()) == (0, [
        "报文 messages  1 = 已转发 routed 1", "推送 deliveries  2 = 待推送 waiting 2", "交换日志 journal  3    附件内容 contents  0    已打开 opened  3",
        SOUND])
    connection = sqlite3.connect(desk.home / "var/guantong.db", isolation_level=None)
    connection.execute("UPDATE delivery SET state = 'blocked' WHERE id = 1")
    connection.close()
    result = desk.guantong("doctor", "--json")
    answer = orjson.loads(result.stdout)
    assert (result.exit_code, answer["sound"], [one["code"] for one in answer["problems"]]) == (1, False, ["GT364"])


def test_what_only_deserves_attention_is_no_breach(desk: Desk) -> None:
    """A home that keeps no checkpoint outside is told so, and every promise holds all the same."""
    desk.tell(ACCEPTANCE)
    result = desk.guantong("doctor")
    assert (result.exit_code, "[GT922]" in result.stderr, result.stdout.splitlines()[-1]) == (0, True, SOUND)


def test_what_does_not_open_is_no_sound_store(desk: Desk) -> None:
    """A record and the values of what is to be sent, overwritten: named, both, with what to do."""
    desk.tell(ACCEPTANCE)
    connection = sqlite3.connect(desk.home / "var/guantong.db", isolation_level=None)
    connection.execute("UPDATE message SET body = randomblob(length(body)) WHERE id = 1")
    connection.execute("UPDATE event SET body = randomblob(length(body))")
    connection.close()
    result = desk.guantong("doctor")
    assert result.exit_code == 1
    assert "3 kept contents do not open: D1, D2, M1; they were altered, or the keys are others than they were sealed with" in result.stderr
    assert "Sound" not in result.stdout
