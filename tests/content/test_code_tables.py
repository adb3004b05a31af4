"""The code tables of the 2013 specification, held against a second writing of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.yamlfile import plain, read_yaml

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
SPECIFIED = {
    "applicant.type": {"person": "1", "enterprise": "2", "other": "3"},
    "channel": {
        "counter": "0", "online": "1", "letter": "2", "telegram": "3", "telex": "4", "fax": "5", "email": "6",
        "edi": "7", "other": "8",
    },
    "online.channel": {"pc": "0", "app": "1", "wap": "2", "official_account": "3", "alipay": "4", "other": "9"},
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
}


@pytest.mark.parametrize(("name", "table"), SPECIFIED.items())
def test_a_table_writes_what_the_specification_says(name: str, table: dict[str, str]) -> None:
    """The first value of each row is the specification's; further values are only read."""
    node, problems = read_yaml(MAPPINGS / "gd-exchange" / "codes" / f"{name}.yaml")
    assert node is not None
    assert problems == []
    document = plain(node)
    assert isinstance(document, dict)
    written = {word: native if isinstance(native, str) else native[0] for word, native in document["table"].items()}
    assert written == table


def test_no_table_is_left_unchecked() -> None:
    """A new table needs its second writing here; certificate types are checked by their own standard."""
    files = {path.stem for path in (MAPPINGS / "gd-exchange" / "codes").glob("*.yaml")}
    assert files - set(SPECIFIED) == {"id.type"}
