"""How long it takes to find a case in a long journal and to tell its way, by every key there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from time import perf_counter
from typing import NamedTuple

from guantong.operations.searching import FOREVER, MOST, in_time, summaries
from guantong.operations.tracing import trace_of
from guantong.store import Reader
from guantong_plugins.bench.figures import percentile
from guantong_plugins.bench.longjournal import BEGAN, LINES, SPAN, WINDOWS, person, serial, window

HOUR, DAY = 3_600_000, 86_400_000
Ask = Callable[[Reader, Random, int], int]


class Asked(NamedTuple):
    """How long questions of one kind took, in milliseconds."""

    key: str
    p50_ms: float
    p99_ms: float
    most_ms: float


def _by_serial(reader: Reader, random: Random, cases: int) -> int:
    return len(trace_of(reader, serial(random.randint(1, cases)))[0]["journal"])


def _by_message(reader: Reader, random: Random, cases: int) -> int:
    return len(trace_of(reader, f"M{random.randint(1, cases * 3)}")[0]["journal"])


def _by_delivery(reader: Reader, random: Random, cases: int) -> int:
    return len(trace_of(reader, f"D{random.randint(1, cases * 3)}")[0]["journal"])


def _by_person(reader: Reader, random: Random, cases: int) -> int:
    found = reader.found_by(person(random.randint(1, cases)), 0, FOREVER, MOST)
    return len(trace_of(reader, f"C{found[0].subject}")[0]["journal"])


def _by_window(reader: Reader, random: Random, _cases: int) -> int:
    since = BEGAN + random.randint(0, SPAN - DAY)
    found = reader.found_by(window(random.randrange(WINDOWS)), since, since + DAY, MOST)
    return len(summaries(reader, [one.subject for one in found]))


def _by_time(reader: Reader, random: Random, _cases: int) -> int:
    since = BEGAN + random.randint(0, SPAN - HOUR)
    return len(in_time(reader, since, since + HOUR))


KEYS: Mapping[str, Ask] = {
    "serial": _by_serial, "message": _by_message, "delivery": _by_delivery, "person": _by_person, "window and day": _by_window, "hour": _by_time,
}


OF_ONE = ("serial", "message", "delivery", "person")
"""Keys that find one case, whole."""


def asked(reader: Reader, cases: int, questions: int, seed: int = 1) -> list[Asked]:
    """Each kind of question so many times, about cases at random. Raises `AssertionError` where one did not find its case whole:
    then there are no figures."""
    found = []
    for key, ask in KEYS.items():
        random, took = Random(seed), []  # noqa: S311 -- the questions must repeat
        for _ in range(questions):
            began = perf_counter()
            count = ask(reader, random, cases)
            took.append((perf_counter() - began) * 1000)
            if key in OF_ONE and count != LINES:
                raise AssertionError(f"by {key} {count} lines were found")
        took.sort()
        found.append(Asked(key, round(percentile(took, 0.5), 2), round(percentile(took, 0.99), 2), round(took[-1], 2)))
    return found
