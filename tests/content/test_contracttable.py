"""docs/contract.md: every adapter has its row, every mark its meaning, and every test it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.adapters import test_transport_contract as held

from guantong.plugins import registry
from guantong.testing import ListeningContract, PollingContract, SendingContract

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
FAULTS = [cell.split(" · ")[1] for cell in ROWS[0][1:]]
TABLE = {row[0]: row[1:] for row in ROWS[1:] if len(row) == len(FAULTS) + 1}
MARKS = {row[0]: row[2] for row in ROWS if len(row) == 3 and row[0]}
CONTRACTS = {"S": SendingContract, "P": PollingContract, "L": ListeningContract}
CLASSES: dict[str, list[type]] = {
    "rest": [held.TestRest], "soap": [held.TestSoapByHand, held.TestSoapByWsdl], "table": [held.TestTable],
    "files": [held.TestSftp, held.TestFtp], "amqp": [held.TestAmqp], "mqtt": [held.TestMqtt],
    "process": [],  # what is behind it speaks its own protocol; the process itself is held to its wire
}


def functions(file: str) -> set[str]:
    """The names of all functions in a file, methods as well."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def marks(adapter: str) -> set[str]:
    return {mark for cell in TABLE[adapter] for mark in cell.split()} - {"–"}


def test_every_adapter_and_every_fault_stands_in_the_table() -> None:
    """One that is added has no row yet, and this says so."""
    assert set(TABLE) == set(registry().adapters) == set(CLASSES)
    assert FAULTS == ["reply lost", "reply twice", "hang", "reset mid-body", "slow drip", "wrong charset", "5xx or refusal",
                      "fault within a 200", "expired token"]
    assert all(cell for row in TABLE.values() for cell in row)


def test_every_mark_is_explained_and_used() -> None:
    """None is out of date."""
    assert {mark for adapter in TABLE for mark in marks(adapter)} == set(MARKS)


def test_every_test_the_table_names_is_there() -> None:
    """And each mark names at least one."""
    named = {mark: re.findall(r"`((?:tests|core)/[\w/]+\.py)::(test_\w+)`", cell) for mark, cell in MARKS.items()}
    assert all(named.values())
    assert [f"{file}::{name}" for tests in named.values() for file, name in tests if name not in functions(file)] == []


def test_every_test_of_whole_deliveries_stands_in_the_table() -> None:
    """One that is added is told of."""
    for file in ("tests/adapters/test_transport_hub.py", "tests/adapters/test_transport_doors.py"):
        assert [name for name in functions(file) if name.startswith("test_") and f"`{file}::{name}`" not in PAGE] == []


@pytest.mark.parametrize("adapter", sorted(CLASSES))
def test_a_row_claims_the_contracts_that_its_adapter_is_held_to(adapter: str) -> None:
    """No more and no fewer."""
    for mark, contract in CONTRACTS.items():
        held_to = bool(CLASSES[adapter]) and all(issubclass(one, contract) for one in CLASSES[adapter])
        assert (mark in marks(adapter)) == held_to, mark
