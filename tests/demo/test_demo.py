"""The main job: simulated systems and the hub as processes, and books that agree in the end."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path

import orjson
import pytest
from tests.demo.causes import Tried, natives_of

from guantong.cli.home import configuration, reading, vault_of
from guantong.mapping.kept import Kept, kept_in
from guantong.operations.flatten import flat
from guantong.operations.lineage import Lineage, Verdict
from guantong.operations.versions import Versions
from guantong.plugins import registry
from guantong_adapters.simulation.ledger import Effect, read_effects
from guantong_plugins.demo.books import DeadLetter
from guantong_plugins.demo.compare import compare
from guantong_plugins.demo.director import Demo
from guantong_plugins.demo.report import NUMBERS, Report
from guantong_plugins.demo.world import ROLES

CASES = 60
PERSONAL = {
    "applicant.name", "applicant.id_no", "contact.name", "contact.id_no", "contact.mobile", "operator.name",
    "collector.name", "collector.id_no", "step.opinion", "agent.name", "appointment.address",
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, Report]:
    """One play of sixty cases, to its end, and what it found."""
    with Demo(tmp_path_factory.mktemp("demo"), CASES, seed=2) as play:
        play.set_stage()
        play.begin()
        stalled = play.run_to_end(lambda _made, _of: play.hub.child.must_run())
        return play, play.conclude(stalled)


def test_sixty_cases_reach_everyone_once_in_order_field_by_field_right(played: tuple[Demo, Report]) -> None:
    """Every quirk of real input is among them, and nothing is lost, doubled, reordered or changed."""
    play, report = played
    assert [str(difference) for difference in report.comparison.all()] == []
    assert report.agree
    assert report.dead == len(play.books.dead) > 0
    assert all(report.reasons[letter.system] for letter in play.books.dead)


def test_the_hub_counts_what_happened(played: tuple[Demo, Report]) -> None:
    """Lost replies were retried, queried or settled; repeated pushes dropped; every system took part."""
    play, report = played
    duplicates = sum(
        int(act.quirks.get("duplicate", 0)) for story in play.stories for act in story.acts
    )
    systems = report.systems
    assert {role.system for role in ROLES} <= systems.keys()
    assert sum(numbers["duplicates"] for numbers in systems.values()) >= duplicates > 0
    assert systems["city.hall"]["retried"] > 0
    assert systems["rongcheng.approval"]["unknown_settled"] > 0
    assert systems["jiedong.approval"]["unknown_settled"] > 0
    assert systems["puning.approval"]["retried"] > 0
    returned = [systems[system]["returned"] for system in ("jiexi.approval", "huilai.approval")]
    assert sum(returned) == len(play.books.returned)
    assert min(returned) > 0
    assert sum(numbers["dead"] for numbers in systems.values()) == report.dead


def test_the_report_tells_who_is_connected(played: tuple[Demo, Report]) -> None:
    """`guantong sites connected` over the demo's home has the counts and shares of the books, county by county and level
    by level, and the cases by the way they were handled; some villages never have one."""
    play, report = played
    answer = orjson.loads(play.hub.command("sites", "connected", "--json"))
    worked = play.books.worked
    for county in answer["counties"]:
        of = worked[county["name"]]
        assert county["cases"] == of.cases
        for level, codes in (("towns", of.towns), ("villages", of.villages)):
            there = county[level]
            assert (there["connected"], there["share"]) == (len(codes), round(len(codes) / there["total"], 4))
            assert codes.isdisjoint(site["code"] for site in there["not_connected"])
    assert len(answer["counties"]) == len(worked) == 5
    totals = {level: sum(len(codes) for codes in found) for level, found in (
        ("towns", [of.towns for of in worked.values()]), ("villages", [of.villages for of in worked.values()]))}
    assert report.connected.sites == {"towns": (totals["towns"], 20), "villages": (totals["villages"], 40)}
    assert report.connected.ways == report.as_json()["ways"] == sum((of.cases for of in worked.values()), Counter())
    assert {"on_site", "agent", "assisted", ""} <= report.connected.ways.keys()
    assert 0 < totals["villages"] < 40


@pytest.mark.parametrize(("system", "column"), [
    ("city.hall", "BYZDA"), ("city.hall", "BYZDB"), ("city.hall", "BYZDC"), ("city.hall", "BYZDD"), ("city.hall", "TJFS"),
    ("city.hall", "WSSBQD"), ("city.hall", "BJDTBM"), ("city.supervision", "field_12")])
@pytest.mark.parametrize("wrong", ["", "7"])
def test_a_lost_or_wrong_way_agent_channel_or_site_would_show(played: tuple[Demo, Report], system: str, column: str, wrong: str) -> None:
    """With one of them changed in the ledger of one case handled on site, the same comparison names it."""
    play, _ = played
    ledgers = {simulator.role.system: read_effects(simulator.ledger) for simulator in play.simulators}
    effects = ledgers[system]
    place = next(place for place, effect in enumerate(effects) if effect.fields.get(column))
    altered = replace(effects[place], fields={**effects[place].fields, column: wrong})
    changed = {**ledgers, system: [*effects[:place], altered, *effects[place + 1:]]}
    (found,) = compare(play.books, changed, play.books.dead, play.books.returned).all()
    assert found.what.startswith(f"{column}: expected ")


def test_cards_reach_their_counties_are_answered_and_taken_back(played: tuple[Demo, Report]) -> None:
    """Every county has some; all that the stories tell of arrived, each once, as the comparison holds."""
    play, report = played
    cards = [card for story in play.stories for card in story.cards]
    assert {story.county for story in play.stories if story.cards} == {story.county for story in play.stories}
    assert report.cards == report.as_json()["cards"] == {
        "raised": len(cards), "delivered": len(cards), "answered": sum(card.reply is not None for card in cards),
        "withdrawn": sum(card.withdrawn is not None for card in cards),
    }
    assert len(cards) > report.cards["answered"] > report.cards["withdrawn"] > 0


def test_attachments_reach_the_hall_whole_and_one_altered_byte_would_show(played: tuple[Demo, Report]) -> None:
    """Sent inside a record, fetched out of a table and by the path of a file; with one byte of one content changed in the hall's ledger, the same
    comparison finds it, and with the record gone it is lost."""
    play, report = played
    dead = [DeadLetter("accept", "puning.approval", "", "case.material")]
    assert [letter for letter in play.books.dead if letter.event == "case.material"] == dead
    (reason,) = (reason for reason in report.reasons["puning.approval"] if "d41d8cd98f00b204e9800998ecf8427e" in reason)
    assert reason.startswith("attachment.body"), reason
    ledgers = {simulator.role.system: read_effects(simulator.ledger) for simulator in play.simulators}
    hall = ledgers["city.hall"]
    places = [place for place, effect in enumerate(hall) if effect.fields.get("ATTACH_BODY")]
    assert {str(hall[place].fields["YWLSH"])[:2] for place in places} == {"PN", "JX", "HL"}

    def found(effects: list[Effect]) -> tuple[int, int]:
        result = compare(play.books, {**ledgers, "city.hall": effects}, play.books.dead, play.books.returned)
        others = (result.doubled, result.out_of_order, result.dead_missing, result.dead_unexpected, result.wrong_receipts)
        assert others == ([], [], [], [], [])
        return len(result.wrong_fields), len(result.lost)

    assert found(hall) == (0, 0)
    for place in places:
        content = bytearray(base64.b64decode(str(hall[place].fields["ATTACH_BODY"])))
        content[len(content) // 2] ^= 1
        altered = replace(hall[place], fields={**hall[place].fields, "ATTACH_BODY": base64.b64encode(content).decode()})
        assert found([*hall[:place], altered, *hall[place + 1:]]) == (1, 0)
        assert found([*hall[:place], *hall[place + 1:]]) == (0, 1)


def test_lineage_names_the_value_that_every_field_of_every_delivery_depends_on(played: tuple[Demo, Report]) -> None:
    """Every field that was sent has a step; the record that came holds at the place it names what it says; and that field, when mapped
    anew by the compiled mappings with another value there, is another. What no record said is a constant of the mapping, a
    fact of the configuration or of the sites, or a number that the case was given in a reply."""
    play, _ = played
    config, specs = configuration(play.home.folder), registry()
    counted: Counter[str] = Counter()
    with reading(config) as reader:
        vault = vault_of(config)
        lineage = Lineage(reader, vault, config, Versions(config.dialects, Kept(kept_in(config.home), specs.codecs, specs.functions)))
        for number in count(1):
            row = reader.delivery(number)
            event = reader.event(row.event) if row is not None else None
            if row is None or event is None:
                break
            if row.body is None:  # it died before anything could be sent
                continue
            hop = lineage.of_delivery(number)
            assert hop is not None
            assert hop.verdict is Verdict.SAME, hop.problems
            leaves = flat(config.systems[row.target].dialect.codec_out.decode(vault.open_folded(row.body).body, row.kind)[0].fields, "/")
            assert leaves.keys() <= {step.target for step in hop.steps}, hop.ident
            tried = Tried(config, reader, vault, row, event)
            for step in hop.steps:
                origin = lineage.origin(hop, step) if step.target in leaves else None
                if origin is None:
                    continue
                counted["fields"] += 1
                if origin.hop is None or origin.step is None:
                    given = {one.number for one in reader.serials_of(row.subject)}
                    assert step.source == "" or step.source.startswith(("$system.", "$site.")) or (
                        step.source.startswith("$case.serial.") and step.raw in given), (hop.ident, step.target, step.source)
                    counted["filled in"] += 1
                    continue
                if step.source in config.model.blob_paths:  # contents have a test of their own
                    continue
                natives = natives_of(config, reader, vault, int(origin.hop.ident[1:]))
                assert flat(natives[origin.hop.record - 1].fields, "/").get(origin.step.source) == origin.step.raw, (hop.ident, step.target)
                if origin.hop.event_id == event.id:
                    assert tried.depends(origin.hop.record, step.target, origin.step.source), (hop.ident, step.target, origin.step.source)
                    counted["tried"] += 1
    assert counted["tried"] > 5_000
    assert counted["fields"] > 10_000 > counted["filled in"] > 1_000


def test_logs_hold_no_personal_data(played: tuple[Demo, Report]) -> None:
    """No name, identity number or telephone number of any case stands in what the hub wrote down."""
    play, _ = played
    log = play.hub.child.log.read_text(encoding="utf-8")
    personal = {
        str(value) for story in play.stories for act in story.acts for path, value in act.facts.items()
        if path in PERSONAL
    }
    assert personal
    assert {value for value in personal if len(value) > 2 and value in log} == set()


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    """`guantong demo --json` exits 0 and says in stable names that the books agree."""
    command = (sys.executable, "-m", "guantong", "demo", "--cases", "20", "--seed", "5", "--json")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603 -- our own command
    assert done.returncode == 0, done.stderr.decode()
    found = orjson.loads(done.stdout)
    assert {key: found[key] for key in ("agree", "cases", "lost", "doubled", "out_of_order", "wrong_fields")} == {
        "agree": True, "cases": 20, "lost": 0, "doubled": 0, "out_of_order": 0, "wrong_fields": 0,
    }
    assert {"events", "dead", "seconds", "systems"} <= found.keys()
    assert all(set(NUMBERS) == numbers.keys() for numbers in found["systems"].values())
