"""Tables read by a time are read abreast: however a backlog is spread over them, no step comes before the case it belongs to."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.exchange import Exchange, opened, take

from guantong_adapters.table.adapter import Tables

NOON = datetime(2014, 7, 15, 12)
CASES, STEPS = "EX_GDBS_SL", "EX_GDBS_BJ"
LEFT_OUT = ["CLZT", "CLJG", "INSERTTIME"]
FIRST_STEP = 100_000


def settings(column: str = "SLSJ", **more: Any) -> dict[str, Any]:
    keys = {"column": column, "leave_out": LEFT_OUT, **more}
    return {"send": {}, "poll": [{"table": name, "read": {"watermark": keys}} for name in (CASES, STEPS)]}


def case(number: int, moment: datetime) -> dict[str, Any]:
    return {"ID": number, "SBLSH": f"S{number}", "SQRMC": "张三", "SLSJ": moment}


def step(number: int, which: int, moment: datetime) -> dict[str, Any]:
    """A step of the case with this number."""
    return {**case(number, moment), "ID": FIRST_STEP + 100 * number + which}


def backlog(chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Cases and their steps over some days: now many a minute, now hours without any; some cases have no step, some have many."""
    cases, steps, now = list[dict[str, Any]](), list[dict[str, Any]](), NOON
    busy = chance.choice((0.05, 0.5, 3.0))
    for number in range(1, chance.randrange(60, 160)):
        now += timedelta(minutes=chance.choice((0, 0, 1, 2, 300)))
        cases.append(case(number, now))
        steps += [step(number, which, now + timedelta(minutes=chance.choice((1, 1, 5, 3000))))
                  for which in range(int(chance.expovariate(1 / busy)))]
    return cases, steps


async def numbers(adapter: Tables, cursor: str, limit: int) -> tuple[list[int], str]:
    """The numbers of the rows of one batch, and the cursor then."""
    rows, cursor = await take(adapter, cursor, limit)
    return [int(each["ID"]) for each in rows], cursor


async def all_of(adapter: Tables, cursor: str, limit: int) -> tuple[list[int], str]:
    """The same of all batches until one is empty."""
    seen: list[int] = []
    while some := (taken := await numbers(adapter, cursor, limit))[0]:
        seen, cursor = seen + some, taken[1]
    return seen, cursor


def too_early(seen: list[int]) -> list[int]:
    """Steps that came before their case."""
    place = {number: at for at, number in enumerate(seen)}
    return [number for number in seen if number >= FIRST_STEP and place[(number - FIRST_STEP) // 100] > place[number]]


@pytest.mark.parametrize("seed", range(5))
async def test_however_a_backlog_is_spread_no_step_comes_before_its_case(exchange: Exchange, tmp_path: Path, seed: int) -> None:
    """In batches of any size, over a restart in the middle, and with what is written while it is read."""
    chance = random.Random(seed)  # noqa: S311 -- a test must be repeatable
    cases, steps = backlog(chance)
    limit, moment = chance.choice((2, 7, 20, 50)), chance.choice(cases)["SLSJ"]
    for table, rows in ((CASES, cases), (STEPS, steps)):
        exchange.write(table, *(each for each in rows if each["SLSJ"] <= moment))
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        first, cursor = await numbers(adapter, "", limit)
        for table, rows in ((CASES, cases), (STEPS, steps)):
            exchange.write(table, *(each for each in rows if each["SLSJ"] > moment))
        second, cursor = await numbers(adapter, cursor, limit)
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        rest, cursor = await all_of(adapter, cursor, limit)
    seen = first + second + rest
    assert sorted(seen) == sorted(each["ID"] for each in (*cases, *steps))
    assert too_early(seen) == []


async def test_few_steps_of_many_cases_do_not_run_ahead(exchange: Exchange, tmp_path: Path) -> None:
    """Their share of a batch would reach over all of the time; that of the cases reaches over ten minutes."""
    exchange.write(CASES, *(case(n, NOON + timedelta(minutes=n)) for n in range(1, 101)))
    exchange.write(STEPS, *(step(n, 0, NOON + timedelta(minutes=n, seconds=30)) for n in range(1, 101, 9)))
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        first, cursor = await numbers(adapter, "", 20)
        rest, _ = await all_of(adapter, cursor, 20)
    assert first == [*range(1, 11), FIRST_STEP + 100]
    assert sorted(first + rest) == [*range(1, 101), *range(FIRST_STEP + 100, FIRST_STEP + 10_100, 900)]
    assert too_early(first + rest) == []


async def test_numbers_of_two_tables_do_not_hold_each_other(exchange: Exchange, tmp_path: Path) -> None:
    """A number that grows in one table says nothing of another's: each goes on by itself."""
    exchange.write(CASES, *(case(n, NOON) for n in range(1, 41)))
    exchange.write(STEPS, *(step(n, 0, NOON) for n in range(1, 41)))
    async with opened(exchange.url, tmp_path, **settings("ID", overlap_number=10)) as adapter:
        seen, _ = await numbers(adapter, "", 20)
    assert seen == [*range(1, 11), *range(FIRST_STEP + 100, FIRST_STEP + 1100, 100)]
