"""`guantong reconcile --push`: listed first, then carried out; nothing takes effect twice."""

from __future__ import annotations

import asyncio

import orjson
from tests.cli.desk import SECRETS
from tests.reconcile.county import DAY, SYSTEM, County, accepted
from tests.reconcile.test_reconcile import answer, seed

from guantong.cli.home import reading
from guantong.hub import running
from guantong.journey.states import DeliveryState as D
from guantong.plugins import registry

ARGS = ("reconcile", SYSTEM, "--date", DAY)


def test_what_can_be_pushed_is_listed_and_nothing_done(county: County) -> None:
    """Missing and older ones are fetched again, parked and dead ones replayed; the rest is said to be a person's."""
    seed(county)
    before = (county.desk.home / "var/guantong.db").stat().st_mtime_ns
    shown = county.desk.guantong(*ARGS, "--push", env=SECRETS)
    assert shown.exit_code == 1
    plan = shown.stdout[shown.stdout.index("重取 fetch again"):].splitlines()
    assert plan[0] == "重取 fetch again: 3 件，从 jiexi.approval 重读 2014-07-12 · read again at the source"
    assert plan[1].startswith("重放 replay: "), plan
    assert plan[-1] == "执行 to push again: guantong reconcile jiexi.approval --date 2014-07-12 --push --yes --why 原因"
    told = answer(county)["push"]
    assert {name: one["count"] for name, one in told["for_a_person"].items()} == {
        "conflict": 1, "different": 1, "extra": 1, "returned": 2, "sent": 2, "unknown": 2, "waiting": 2}, "each has two targets"
    assert [one[0] for one in told["replay"]].count("M") == 1
    assert (county.desk.home / "var/guantong.db").stat().st_mtime_ns == before


def test_pushing_without_a_reason_or_a_hub_does_nothing(county: County) -> None:
    """The reason is kept in the journal; what is fetched again needs the hub that runs."""
    county.add(accepted(1))
    county.read()
    county.end({1: D.CONFIRMED})
    county.add(accepted(2))
    unsaid = county.desk.guantong(*ARGS, "--push", "--yes", env=SECRETS)
    assert (unsaid.exit_code, unsaid.stderr) == (2, "请用 --why 写明原因 / say why, with --why\n")
    stopped = county.desk.guantong(*ARGS, "--push", "--yes", "--why", "补缺", env=SECRETS)
    assert (stopped.exit_code, "[GT642]" in stopped.stderr) == (1, True), stopped.stderr


def test_what_was_pushed_is_there_once_and_journaled(county: County) -> None:
    """The missing ones come by a backfill, the dead go again; a second push finds nothing left to fetch."""
    county.desk.edit("config/guantong.yaml", "127.0.0.1:8080", "127.0.0.1:0")
    county.add(*(accepted(number) for number in range(1, 5)))
    county.read(without=[2, 3])
    county.end({4: D.DEAD})
    config = county.configuration()

    async def run() -> None:
        async with running(config, registry()) as hub:
            words = (*ARGS, "--push", "--yes", "--why", "补昨日缺件", "--as", "陈工", "--json")
            first = await asyncio.to_thread(county.desk.guantong, *words, env=SECRETS)
            assert first.exit_code == 1, first.output
            found = orjson.loads(first.stdout)
            assert (found["missing"], found["push"]["fetch_again"], len(found["begun"])) == (2, 2, 1)
            async with asyncio.timeout(60):
                while (kept := hub.engine.reader.backfill(1)) is None or kept.state != "done":  # noqa: ASYNC110 -- a store tells nobody
                    await asyncio.sleep(0.05)
            lines = [line for message in range(1, 6) for line in hub.engine.reader.journal_of_message(message)]
            assert all(line.what != "refused" for line in lines)
            again = await asyncio.to_thread(county.desk.guantong, *ARGS, "--json", env=SECRETS)
            after = orjson.loads(again.stdout)
            assert (after["missing"], after["source"], after["accepted"], after["push"]["fetch_again"]) == (0, 4, 4, 0)

    asyncio.run(run())
    told = [line for line in journal(county) if line[0] in ("backfill_begun", "replayed")]
    assert {(what, actor, detail.get("why")) for what, actor, detail in told} == {
        ("backfill_begun", "陈工", "补昨日缺件"), ("replayed", "陈工", "补昨日缺件")}


def journal(county: County) -> list[tuple[str, str, dict[str, object]]]:
    with reading(county.desk.configuration()) as reader:
        return [(line.what, line.actor, orjson.loads(line.detail)) for line in reader.lines(0, 1000)]
