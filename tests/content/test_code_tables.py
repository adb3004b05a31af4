"""The code tables of the specifications, held against a second writing of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guantong.yamlfile import plain, read_yaml

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
SPECIFIED = {
    "applicant.type": {"person": "1", "enterprise": "2", "other": "3"},
    "channel": {
        "counter": "0", "online": "1", "letter": "2", "telegram": "3", "telex": "4", "fax": "5", "email": "6",
        "edi": "7", "other": "8",
    },
    "online.channel": {"pc": "0", "app": "1", "wap": "2", "official_account": "3", "alipay": "4", "other": "9", "terminal": "9"},
    "outcome.pre_acceptance": {"passed": "1", "refused": "2", "correction": "3"},
    "outcome.acceptance": {"accepted": "1", "refused": "2", "correction": "3", "not_competent": "4"},
    "step.code": {"handling": "1", "review": "2", "approval": "3"},
    "step.status": {"pending": "1", "passed": "2", "returned": "3", "other": "9"},
    "pause.kind": {"extension": "A", "statutory": "B"},
    "limit.unit": {"workday": "G", "day": "Z"},
    "outcome.finish": {
        "certificate": "0", "returned": "1", "void": "2", "deleted": "3", "forwarded": "4", "no_correction": "5",
        "finished": "6",
    },
    "collection.way": {"self": "0", "mail": "1"},
    "paper.way": {"window": "0", "mail": "1"},
    "material.kind": {"original": "0", "copy": "1", "electronic": "2"},
    "material.form": {"paper": "0", "electronic": "1"},
    "attachment.kept_in": {"net_disk": "0", "file": "1", "database": "2"},
    "service.way": {  # of no specification: our convention for a spare column
        "on_site": "1", "agent": "2", "home": "3", "appointment": "4", "assisted": "5", "self": "6"},
}


NATIONAL = {
    "applicant.type": {"person": "1", "enterprise": "2", "other": "6"},
    "case.kind": {"immediate": "1", "promised": "2", "other": "9"},
    "pause.kind": {"extension": "1", "statutory": "2"},
    "satisfaction": {
        "very_satisfied": "1", "satisfied": "2", "fair": "3", "dissatisfied": "4", "very_dissatisfied": "5",
    },
    "collection.way": {"self": "0", "mail": "1"},
    "step.code": {"handling": "承办", "review": "审核", "approval": "批准"},
}
SHANDONG = {
    "case.kind": {"immediate": "1", "promised": "2"},
    "case.kind.in": {"immediate": "1", "promised": "2", "other": "3"},
    "channel": SPECIFIED["channel"],
    "limit.unit": {"workday": "g", "day": "z"},
    "limit.unit.promised": {"workday": "1", "day": "2", "hour": "3", "minute": "4", "month": "5"},
    "step.code": {"handling": "1", "review": "2", "approval": "3"},
    "step.status": {"passed": "1", "returned": "7"},
    "step.status.in": {"passed": "1", "returned": "7", "other": "0"},
    "outcome.acceptance": {"not_competent": "2", "refused": "3", "correction": "5"},
    "outcome.finish": {
        "certificate": "0", "not_granted": "1", "void": "2", "deleted": "3", "forwarded": "4", "no_correction": "5",
    },
    "outcome.finish.out": {
        "certificate": "0", "granted": "0", "not_granted": "1", "void": "2", "deleted": "3", "forwarded": "4",
        "no_correction": "5", "returned": "5",
    },
    "pause.kind": {"statutory": "5"},
    "collection.way": NATIONAL["collection.way"],
    "satisfaction": NATIONAL["satisfaction"],
}
STANDARD = {
    **{name: NATIONAL[name] for name in ("applicant.type", "case.kind", "pause.kind", "satisfaction", "step.code")},
    "channel": {"counter": "1", "online": "2", "letter": "4", "other": "9"},
    "step.status": {"passed": "通过", "returned": "退回", "other": "其他"},
    "outcome.acceptance": {"refused": "退回", "correction": "其他", "not_competent": "退回"},
    "item.type": {
        "licence": "01", "penalty": "02", "coercion": "03", "levy": "04", "payment": "05", "inspection": "06",
        "confirmation": "07", "reward": "08", "ruling": "09", "other": "10", "public_service": "20",
    },
    "item.level": {"nation": "1", "province": "2", "city": "3", "county": "4", "town": "5", "village": "6", "several": "7"},
}
DIALECTS = {"gd-exchange": SPECIFIED, "national": NATIONAL, "ea-jc": SHANDONG, "gbt-39046": STANDARD}
TABLES = [(dialect, name, table) for dialect, tables in DIALECTS.items() for name, table in tables.items()]
BY_ANOTHER_STANDARD = {"id.type"}


def _read(file: Path) -> dict[str, Any]:
    node, problems = read_yaml(file)
    assert node is not None
    assert problems == []
    document = plain(node)
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize(("dialect", "name", "table"), TABLES)
def test_a_table_writes_what_the_specification_says(dialect: str, name: str, table: dict[str, str]) -> None:
    """The first value of each row is the specification's; further values are only read."""
    document = _read(MAPPINGS / dialect / "codes" / f"{name}.yaml")
    first = {word: native[0] if isinstance(native, list) else native for word, native in document["table"].items()}
    written = {word: native["value"] if isinstance(native, dict) else native for word, native in first.items()}
    assert written == table


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_table_is_left_unchecked(dialect: str) -> None:
    """A new table has its second writing here, or says that it is configuration: nobody publishes its values.
    Certificate types are checked by their own standard."""
    files = {path.stem: _read(path) for path in (MAPPINGS / dialect / "codes").glob("*.yaml")}
    configured = {name for name, table in files.items() if table["source"].startswith("配置")}
    assert files.keys() - DIALECTS[dialect].keys() - BY_ANOTHER_STANDARD == configured - BY_ANOTHER_STANDARD


@pytest.mark.parametrize("file", sorted(MAPPINGS.glob("*/codes/*.yaml")), ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_what_is_configuration_says_so_in_both_languages(file: Path) -> None:
    """Whoever opens a table whose values nobody publishes reads at its head that they must be replaced."""
    text = file.read_text("utf-8")
    if "source: 配置" in text:
        assert text.startswith("# 配置：") or "是配置" in text
        assert "onfiguration" in text
