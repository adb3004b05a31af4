"""A new county of each kind of interface comes online by files under `config/` and `mappings/` alone.

The files stand in `newcounties/<kind>/`, as city IT would write them into a home that has the shipped profiles and
dialects, the city's own systems and no county at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import app_for
from guantong.starter import starter

NEW = Path(__file__).with_name("newcounties")
WSDL = Path(__file__).resolve().parents[2] / "adapters/guantong_adapters/soap/simulators/caseexchange"
KINDS: Mapping[str, tuple[str, ...]] = {
    "rest-json": (), "rest-xmlstr": (), "soap-invoke": (), "soap-wsdl": ("--kind", "SubmitStep"),
    "table-flag": ("--kind", "EX_GDBS_SL"), "table-ea-jc": ("--kind", "EA_JC_STEP_PROC"), "files": (), "amqp": ("--kind", "EX_GDBS_SL"),
    "mqtt": ("--kind", "EX_GDBS_SL"),
}
"""Each kind, and what `try` must be told of a record that does not say its own kind."""
LONGEST_SOAP = 60
"""Lines of YAML for a county by SOAP: its place file and all its mappings, comments and blank lines counted; samples are
no configuration."""
OF_THE_HOME = {"GT150", "GT155", "GT865", "GT922"}
"""Warnings of the home, not of the county: a route of the city's for events that this county does not send, keys the hub
makes itself, a calendar that ends with the year."""
SERIAL, OWN = "10000010100699701411407150001", "KG20140715-0001"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """One kind of interface."""
    return str(request.param)


@pytest.fixture
def home(kind: str, tmp_path: Path) -> Path:
    """A home with what ships but no county, and then the new county's own files."""
    for folder in ("config", "mappings"):
        shutil.copytree(starter(folder), tmp_path / folder)
    shutil.rmtree(tmp_path / "config/counties")
    shutil.copytree(NEW / kind, tmp_path, dirs_exist_ok=True)
    if kind == "soap-wsdl":  # what the vendor hands over
        shutil.copytree(WSDL, tmp_path / "wsdl", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def guantong(home: Path, *words: str) -> Result:
    """Run a verb on the home, with every secret set."""
    environment = dict.fromkeys(
        (f"KONGGANG_{name}" for name in (
            "TOKEN", "KEY", "PASSWORD", "USER", "ACCESS_TOKEN", "APP_ID", "APP_SECRET", "SM4_KEY", "SM4_IV", "HUB_TOKEN", "MQ_USER",
            "MQ_PASSWORD")), "0123456789abcdef",
    ) | dict.fromkeys(
        (f"GUANTONG_{name}" for name in ("HALL_PORTAL_TOKEN", "HALL_DEPT_CODE", "HALL_IDENTIFY", "SUPERVISION_USER",
                                         "SUPERVISION_PASSWORD", "SUPERVISION_HUB_KEY")), "invented",
    )
    return CliRunner().invoke(app_for(words), [*words, "--home", str(home), "--json"], env=environment)


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


def test_it_is_files_and_no_program(kind: str) -> None:
    """Nothing but YAML under `config/` and `mappings/`, and samples to try."""
    files = [file.relative_to(NEW / kind) for file in (NEW / kind).rglob("*") if file.is_file()]
    assert {file.parts[0] for file in files} == {"config", "mappings", "samples"}
    assert {file.suffix for file in files if file.parts[0] != "samples"} == {".yaml"}


def test_check_has_nothing_to_say(home: Path) -> None:
    """The county's files, with the city's: no error and no warning."""
    found = answer(guantong(home, "check"))
    assert [problem for problem in found["problems"] if problem["code"] not in OF_THE_HOME] == []
    assert found["systems"] == 4


def test_a_record_of_the_county_is_understood(home: Path, kind: str) -> None:
    """Dry run inward: an event comes out with the case's serials; nothing is left unread, nothing is sent."""
    (sample,) = (home / "samples").glob("in.*")
    (trial,) = answer(guantong(home, "try", "konggang", str(sample), *KINDS[kind]))["trials"]
    values = {field["target"]: field["value"] for field in trial["fields"]}
    assert trial["event"] == ("case.step" if kind == "soap-wsdl" else "case.acceptance")
    assert (values["serial.province"], values["serial.county"]) == (SERIAL, OWN)
    assert trial["unread"] == []


def test_an_application_can_be_sent_to_it(home: Path) -> None:
    """Dry run outward: an application of the hall becomes the county's record, in its names and its wire form."""
    found = answer(guantong(home, "try", "konggang/case.application", str(home / "samples/out.json"), "--out"))
    (trial,) = found["trials"]
    assert (trial["problems"], trial["bytes"] > 0) == ([], True)
    assert SERIAL in [field["value"] for field in trial["fields"]]


def test_a_county_by_soap_takes_at_most_sixty_lines() -> None:
    """Counted over the county's place file, its dialect and its mappings, comments too."""
    files = [*(NEW / "soap-invoke/config").rglob("*.yaml"), *(NEW / "soap-invoke/mappings").rglob("*.yaml")]
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files) <= LONGEST_SOAP
