"""Writing a county's paperwork into a folder."""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from guantong.onboarding.files import write_all
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.readiness.codes import NO_EXTRA
from guantong.readiness.county import Readiness

_LIBRARIES = ("docx", "openpyxl")


def write_paper(found: Readiness, folder: Path) -> list[str]:
    """Write specification, openings and report of a county that loads; the names of the files. Raises
    `ProblemsError` where a library is missing or the folder cannot be written to."""
    missing = [library for library in _LIBRARIES if find_spec(library) is None]
    if missing:
        names = {"docx": "python-docx", "openpyxl": "openpyxl"}
        raise ProblemsError(Problem(NO_EXTRA, details={"library": names[one], "extra": "paper"}) for one in missing)
    from guantong.paper.calling import proof_of
    from guantong.paper.interface import interface_document  # the libraries load only for who wants paper
    from guantong.paper.openings import openings_workbook
    from guantong.paper.report import HERE, report_document

    configuration, systems = found.examined.configuration, found.examined.systems
    if configuration is None or not systems:
        raise ProblemsError(found.examined.problems)
    at = datetime.fromtimestamp(found.at, HERE)
    day, place = f"{at.year} 年 {at.month} 月 {at.day} 日", systems[0].title_zh
    files = {
        f"{found.county}-接口规范.docx": interface_document(configuration, found.county, systems, day, proof_of(registry().signers)),
        f"{found.county}-网络开通清单.xlsx": openings_workbook(configuration, place, systems, day),
        f"{found.county}-联调测试报告.docx": report_document(found, configuration, day),
    }
    write_all(folder, files)
    return sorted(files)
