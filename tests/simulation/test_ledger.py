"""The ledger: what took effect, exactly once each, in order, for other processes to read."""

from __future__ import annotations

from pathlib import Path

from guantong_adapters.simulation.ledger import Ledger, read_effects, read_rejections


def test_the_same_key_and_version_takes_effect_once_and_repeats_are_counted(tmp_path: Path) -> None:
    """A record sent again is a duplicate; that its content differed is seen, and a new version is new."""
    ledger = Ledger(tmp_path / "ledger.db")
    key = ("S1", "EX_GDBS_SL")
    assert ledger.effect("EX_GDBS_SL", key, {"SQRMC": "䶮㙍𠮷"}, "1") == "new"
    assert ledger.effect("EX_GDBS_SL", key, {"SQRMC": "䶮㙍𠮷"}, "1") == "duplicate"
    assert ledger.effect("EX_GDBS_SL", key, {"SQRMC": None}, "1") == "duplicate"
    assert ledger.effect("EX_GDBS_SL", key, {"SQRMC": "䶮"}, "2") == "new"

    first, second = read_effects(tmp_path / "ledger.db")
    assert (first.seq, first.kind, first.key, first.version) == (1, "EX_GDBS_SL", key, "1")
    assert first.fields == {"SQRMC": "䶮㙍𠮷"}
    assert (first.repeats, first.altered) == (2, 1)
    assert (second.seq > first.seq, second.repeats) == (True, 0)
    assert ledger.counts() == {"effects": 2, "duplicates": 2}
    ledger.close()


def test_serials_and_counters_go_on_after_a_restart(tmp_path: Path) -> None:
    """A series never gives a number twice, also when the simulator is started again."""
    ledger = Ledger(tmp_path / "ledger.db")
    assert [ledger.next_serial(name) for name in ("SBLSH", "SBLSH", "YWLSH")] == [1, 2, 1]
    assert ledger.note("busy") == 1
    ledger.close()

    again = Ledger(tmp_path / "ledger.db")
    assert again.next_serial("SBLSH") == 3
    assert again.note("busy", 4) == 5
    assert again.counts() == {"effects": 0, "duplicates": 0, "busy": 5}
    again.close()


def test_refusals_for_good_are_kept_apart_from_effects(tmp_path: Path) -> None:
    """What was refused is listed with its reason and never counts as an effect."""
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.rejected("EX_GDBS_SB", ("S1", "1"), "事项不存在")
    assert read_effects(tmp_path / "ledger.db") == []
    [rejection] = read_rejections(tmp_path / "ledger.db")
    assert (rejection.kind, rejection.key, rejection.reason) == ("EX_GDBS_SB", ("S1", "1"), "事项不存在")
    ledger.close()
