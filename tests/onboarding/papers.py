"""The paperwork of a system of every profile, written by the command and opened again."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from docx import Document
from openpyxl import load_workbook
from tests.onboarding.conftest import Office, answers_of

from guantong.onboarding.shipped import example_of
from guantong.starter import starter

PROFILES = [file.stem for file in sorted((starter("config") / "profiles").glob("*.yaml"))]
_CITY = {
    "gd-hall-portal-rest": ("hall-portal", ""), "gd-hall-rest": ("gd-hall-json", "{url: http://hall.example.invalid/api}"),
    "gd-hall-soap": ("gd-hall", "{url: http://hall.example.invalid/services/DataExchange}"),
    "supervision-soap": ("supervision", "{url: http://supervision.example.invalid/services/Server}"),
    "supervision-table": ("supervision-table", "{url: mysql+pymysql://guantong@db.example.invalid/middle}"),
}
"""What is no county's: its dialect and settings; it is given a county's place, and routes of its own."""
_ROUTES = """
  - {name: to-paper, events: "*", from: {role: county}, to: {system: konggang.approval}}
  - {name: of-paper, events: "*", from: {system: konggang.approval}, to: {system: city.supervision}}
"""


@dataclass(frozen=True)
class Papers:
    """What was written: the specification's headings, its tables as rows of texts, all its text; the report's; the openings."""

    headings: list[str]
    tables: list[list[list[str]]]
    told: str
    report: str
    openings: list[tuple[object, ...]]

    def facts(self) -> dict[str, str]:
        """What stands in tables of two columns; of several of one name, all of them, a line each."""
        found: dict[str, str] = {}
        for table in self.tables:
            for row in table:
                if len(row) == 2:
                    found[row[0]] = "\n".join(filter(None, (found.get(row[0], ""), row[1])))
        return found


def papers_of(profile: str, folder: Path, more: str = "", *, wsdl: bool = False) -> Papers:
    """The paperwork of a county that uses *profile*, made in *folder*; *more* are further answers. Its *wsdl* lies in the home."""
    office = Office(folder / "home")
    office.home.mkdir()
    if profile in _CITY:
        _by_hand(office.home, profile)
    else:
        added = office.guantong("county", "add", "--from", office.answers(_answers(office, profile) + more))
        assert added.exit_code == 0, added.output
        if wsdl:
            _wsdl_in(office.home)
            place = office.home / "config/counties/konggang.yaml"
            place.write_text(re.sub(r"wsdl: .*", "wsdl: CaseExchange.wsdl", place.read_text(encoding="utf-8")), encoding="utf-8")
    done = office.guantong("county", "ready", "konggang", "--offline", "--paper", str(folder / "paper"))
    assert done.exit_code in (0, 1), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return read(folder / "paper")


def read(folder: Path) -> Papers:
    """The papers in *folder*."""
    document = Document(BytesIO((folder / "konggang-接口规范.docx").read_bytes()))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    headings = [one.text.split("　", 1)[1] for one in document.paragraphs if one.style and one.style.name.startswith("Heading")]
    sheet = load_workbook(folder / "konggang-网络开通清单.xlsx").worksheets[0]
    return Papers(headings, tables, _text(document), _text(Document(BytesIO((folder / "konggang-联调测试报告.docx").read_bytes()))),
                  [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4)])


def _text(document: object) -> str:
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)  # type: ignore[attr-defined]  # python-docx gives a function for a class
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])  # type: ignore[attr-defined]  # as above


def _answers(office: Office, profile: str) -> str:
    if profile != "county-soap-wsdl":
        return answers_of(profile)
    _wsdl_in(office.home.parent)
    return answers_of().replace("county-soap-invoke", profile).replace("services/Approval", "CaseExchange?wsdl") + "extends: case-exchange\n"


def _wsdl_in(folder: Path) -> None:
    shipped = Path(str(files("guantong_adapters.soap.simulators.caseexchange")))
    for name in ("CaseExchange.wsdl", "CaseTypes.xsd"):
        (folder / name).write_bytes((shipped / name).read_bytes())


def _by_hand(home: Path, profile: str) -> None:
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), home / kind)
    dialect, settings = _CITY[profile]
    example = example_of(profile)
    secrets = example.secrets if example else ("token",) if "rest" in profile else ()
    lines = "".join(f"      {name}: {{env: GUANTONG_PAPER_{name.upper()}}}\n" for name in secrets)
    (home / "config/counties/konggang.yaml").write_text(
        f'name: {{zh: 空港经济区}}\nregion: "445298"\nsystems:\n  approval:\n    role: paper\n    profile: {profile}\n    dialect: {dialect}\n'
        "    title: {zh: 空港系统}\n" + (f"    settings: {settings}\n" if settings else "") + (f"    secrets:\n{lines}" if lines else ""),
        encoding="utf-8")
    routes = home / "config/routes.yaml"
    routes.write_text(routes.read_text(encoding="utf-8") + _ROUTES, encoding="utf-8")


