"""How SQLite runs the embedded store's statements: by its indexes, so that cost does not grow with the store."""

from __future__ import annotations

import re
import sqlite3

import pytest

from guantong_plugins.stores.sqlite.statements import SQL, sql

REPORTS = {"backfills_of", "counts", "message_counts", "retried", "settled", "delays", "waiting_to_join", "finding_counts",
           "look_all_again", "watched", "watched_all", "warnings", "warnings_all", "sites_seen", "site_work", "holds", "open_deliveries", "open_sent",
           "frozen_cases", "survey_messages", "survey_deliveries", "survey_journal", "survey_blobs"}
"""Statements that look at everything: figures asked for now and then, never on a message's way."""


@pytest.fixture(scope="module")
def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(sql("schema.sql"))
    return connection


BOUNDED = {"tiles_with", "newest_checkpoint", "open_cases", "matters_told", "newest_kept", "parties", "unfinished"}
"""Statements that look at a bounded number of rows they have gathered."""


@pytest.mark.parametrize("name", sorted(set(SQL) - REPORTS - BOUNDED))
def test_no_statement_reads_a_whole_table(empty: sqlite3.Connection, name: str) -> None:
    """Every statement on a message's way finds its rows by a key or an index."""
    values = dict.fromkeys(re.findall(r":(\w+)", SQL[name])) or (None,) * SQL[name].count("?")
    plan = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", values)]
    assert [step for step in plan if step.startswith("SCAN") and not step.startswith("SCAN json_each ")] == []  # what was asked for


def test_what_is_odd_is_found_without_what_happens_every_day(empty: sqlite3.Connection) -> None:
    """The list reads an index that holds nothing else, and the counts one of what is open."""
    values = dict.fromkeys(re.findall(r":(\w+)", SQL["findings_to_look_at"]))
    listed = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL['findings_to_look_at']}", values)]
    counted = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL['finding_counts']}")]
    assert "USING INDEX finding_odd" in listed[0]
    assert "USING INDEX finding_open" in counted[0] or "USING COVERING INDEX finding_open" in counted[0]


def test_open_cases_are_looked_for_among_some_subjects_by_indexes(empty: sqlite3.Connection) -> None:
    """Only the subjects that were gathered and the given words are scanned; no table of the store is."""
    values = dict.fromkeys(re.findall(r":(\w+)", SQL["open_cases"]), 1)
    plan = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL['open_cases']}", values)]
    scanned = [step.split()[1] for step in plan if step.startswith("SCAN")]
    assert set(scanned) <= {"looked", "json_each"}


@pytest.mark.parametrize("name", ["line_is_busy", "first_in_line", "lines_of", "open_of_subject"])
def test_a_line_is_found_among_unfinished_deliveries_only(empty: sqlite3.Connection, name: str) -> None:
    """What is finished costs nothing any more: the line's index holds only what is not."""
    plan = " ".join(row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", (1,) * SQL[name].count("?")))
    assert "delivery_line" in plan
    assert "TEMP B-TREE" not in plan


def test_records_that_wait_for_another_event_are_found_without_the_others(empty: sqlite3.Connection) -> None:
    """The list reads an index that holds nothing else."""
    plan = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL['waiting_to_join']}", {"target": None, "limit": 1})]
    assert plan[0] == "SCAN delivery USING INDEX delivery_to_join"


@pytest.mark.parametrize(("name", "index"), [("watched", "watch_open"), ("warnings", "warning_open"), ("to_look_at", "watch_look")])
def test_what_supervision_has_to_do_is_found_without_what_is_done(empty: sqlite3.Connection, name: str, index: str) -> None:
    """Lists and the watch itself read indexes of open cases only, in the order they are asked for."""
    values = dict.fromkeys(re.findall(r":(\w+)", SQL[name]), 1) or (1,) * SQL[name].count("?")
    plan = " ".join(row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", values))
    assert f"INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan


def test_what_is_finished_is_counted_without_reading_its_rows(empty: sqlite3.Connection) -> None:
    """Millions of kept deliveries and messages cost figures the reading of an index, never of the tables."""
    counted = {name: [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL[name]}") if "SCAN" in row[3] or "SEARCH" in row[3]]
               for name in ("counts", "message_counts", "retried")}
    assert counted == {
        "counts": ["SCAN delivery USING COVERING INDEX delivery_done", "SCAN delivery USING INDEX delivery_line",
                   "SEARCH delivery USING INDEX delivery_open (state=?)"],
        "message_counts": ["SCAN message USING COVERING INDEX message_counted"],
        "retried": ["SCAN delivery USING COVERING INDEX delivery_again"],
    }


def test_a_systems_books_are_walked_and_looked_up_without_all_its_messages(empty: sqlite3.Connection) -> None:
    """A page costs the same however many there are: nothing is sorted first; what is told of some subjects is found by them."""
    values = dict.fromkeys(re.findall(r":(\w+)", SQL["told_between"]), 1)
    walked = " ".join(row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL['told_between']}", values))
    assert "SEARCH message USING INTEGER PRIMARY KEY" in walked
    assert "TEMP B-TREE" not in walked
    looked_up = [row[3] for row in empty.execute(f"EXPLAIN QUERY PLAN {SQL['told_of_subjects']}", (None,) * 3)]
    assert looked_up[0].startswith("SEARCH event USING INDEX event_subject")
