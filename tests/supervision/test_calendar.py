"""Calendar files: read with every mistake at its line, imported from tables, never guessed in silence."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import orjson
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.config.calendar import days_in, ending, read_calendar, read_year, written
from guantong.config.files import Files
from guantong.problems import Place
from guantong.supervision.calendar import Calendar, CalendarYear
from guantong.supervision.calendartable import file_of, read_table
from guantong.yamlfile import Table, parse_yaml

FILE = "config/calendar/2027.yaml"
GOOD = """\
year: 2027
source: 国务院办公厅通知
off:
  元旦: 2027-01-01..2027-01-03
  国庆节: [2027-10-01..2027-10-06, 2027-10-07]
work:
  国庆节: 2027-10-09
"""
TABLE = "日期,类型,名称\n2027/1/1至2027/1/3,放假,元旦\n2027年10月1日~2027年10月7日,放假,国庆节\n20271009,上班,国庆节\n"


def problems_of(text: str, stem: str = "2027") -> list[str]:
    node, problems = parse_yaml(text, FILE)
    assert isinstance(node, Table)
    return [problem.line() for problem in [*problems, *read_year(node, stem)[1]]]


def test_a_year_is_read_by_holiday() -> None:
    node, _ = parse_yaml(GOOD, FILE)
    assert isinstance(node, Table)
    year, problems = read_year(node, "2027")
    assert problems == []
    assert year is not None
    assert (len(year.off), year.off[date(2027, 10, 7)], year.work) == (10, "国庆节", {date(2027, 10, 9): "国庆节"})


@pytest.mark.parametrize(("before", "after", "line"), [
    ("2027-10-07]", "2027-10-32]",
     (f'{FILE}:5:33 off.国庆节[1]: expected a day, or a row of at most 60 days, came "2027-10-32"; '
           "write 2026-10-01, or 2026-10-01..2026-10-07 for a row of days [GT860]")),
    ("2027-01-03", "2029-01-03",
     (f'{FILE}:4:7 off.元旦: expected a day, or a row of at most 60 days, came "2027-01-01..2029-01-03"; '
           "write 2026-10-01, or 2026-10-01..2026-10-07 for a row of days [GT860]")),
    ("2027-10-07]", "2028-10-07]",
     (f"{FILE}:5:33 off.国庆节[1]: 2028-10-07 is no day of 2027, nor of the December before it; "
           "put it into the file of its own year [GT861]")),
    ("2027-10-09", "2027-10-11",
     (f"{FILE}:7:8 work.国庆节: 2027-10-11 is a Monday: people work on it anyway; "
           "`work:` takes Saturdays and Sundays on which people work; take it out, or mend the date [GT862]")),
    ("2027-10-09", "2027-10-03",
     f"{FILE}:7:8 work.国庆节: 2027-10-03 stands under `off:` and under `work:`; keep the one that the notice says [GT863]"),
    ("year: 2027", "year: 2026",
     f"{FILE}:1:7 year: the file is named '2027' but declares the year 2026; give both the same year: 2026.yaml [GT864]"),
    ("source:", "sources:", f"{FILE}:2:1 sources: the key 'sources' is not known here; did you mean 'source'? [GT102]"),
    ("off:", "offs:", f"{FILE}:3:1 offs: the key 'offs' is not known here; did you mean 'off'? [GT102]"),
])
def test_a_mistake_is_told_where_it_is(before: str, after: str, line: str) -> None:
    assert line in problems_of(GOOD.replace(before, after, 1))


def test_all_mistakes_are_told_at_once() -> None:
    wrong = GOOD.replace("2027-10-09", "2027-10-11").replace("2027-10-07]", "never]")
    assert [line.rpartition("[")[2] for line in problems_of(wrong)] == ["GT860]", "GT862]"]


def test_the_december_before_may_stand_in_a_years_file() -> None:
    """New Year's make-up day of 2006 was the last Saturday of 2005."""
    assert problems_of(GOOD.replace("2027-10-09", "2026-12-26")) == []


def test_a_homes_file_takes_the_place_of_the_shipped_year(tmp_path: Path) -> None:
    file = tmp_path / "calendar" / "2014.yaml"
    file.parent.mkdir()
    file.write_text("year: 2014\nsource: ours\noff: {元旦: 2014-01-01}\n", encoding="utf-8")
    calendar, problems = read_calendar(Files(tmp_path, "config"))
    assert problems == []
    assert calendar.works(date(2014, 10, 2).toordinal())       # the shipped notice says otherwise
    assert not calendar.works(date(2015, 10, 2).toordinal())   # and holds for the other years


@pytest.mark.parametrize(("today", "told"), [
    (date(2026, 10, 31), []), (date(2026, 11, 1), [2027]), (date(2027, 3, 1), [2027]), (date(2029, 3, 1), [2029]),
])
def test_the_end_of_the_calendar_is_told_before_it_comes(today: date, told: list[int]) -> None:
    calendar = Calendar({2026: CalendarYear(2026, "", {}, {})})
    assert [problem.details["next"] for problem in ending(calendar, today, Place("config/calendar"))] == told


def test_rows_of_days_are_written_as_they_are_read() -> None:
    for text in ("2027-10-01", "2027-10-01..2027-10-07"):
        assert written(days_in(text)) == [text]
    assert written([*days_in("2027-01-02"), *days_in("2027-01-01"), *days_in("2027-02-01")]) == ["2027-01-01..2027-01-02", "2027-02-01"]
    for bad in ("20271001", "2027-W01-1", "2027-10-07..2027-10-01", "", "2027-10-01..", "2027-1-1"):
        with pytest.raises(ValueError, match=r".+"):
            days_in(bad)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gbk"])
def test_a_table_of_an_office_becomes_a_years_file(charset: str) -> None:
    table, problems = read_table(TABLE.encode(charset), "2027.csv")
    assert problems == []
    assert table.year(None) == 2027
    text = file_of(table, 2027, "国办：通知")
    assert problems_of(text) == []
    assert "  元旦: 2027-01-01..2027-01-03\n  国庆节: 2027-10-01..2027-10-07\nwork:\n  国庆节: 2027-10-09\n" in text
    assert 'source: "国办：通知"\n' in text


def test_a_workbook_of_true_dates_is_the_same_table() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["date", "kind", "name"], [date(2027, 1, 1), "off", "元旦"], ["2027-10-09", "work", "国庆节"]):
        sheet.append(row)
    body = io.BytesIO()
    book.save(body)
    table, problems = read_table(body.getvalue(), "2027.xlsx")
    assert problems == []
    assert (table.off, table.work) == ({"元旦": [date(2027, 1, 1)]}, {"国庆节": [date(2027, 10, 9)]})


def test_mistakes_of_a_table_are_told_by_row_and_column() -> None:
    _, problems = read_table("日期,类型,名称\n2027-02-30,放假,春节\n2027-03-01,半天,\n,,\n".encode(), "2027.csv")
    assert [problem.line() for problem in problems] == [
        ('2027.csv:2:1: expected a day, or a row of at most 60 days, came "2027-02-30"; '
                 "write 2026-10-01, or 2026-10-01..2026-10-07 for a row of days [GT860]"),
        ('2027.csv:3:2: expected 放假 (off) or 上班 (work), came "半天"; '
                 "放假 is a day off, 上班 a weekend day on which people work [GT868]"),
    ]
    _, problems = read_table(b"date,name\n2027-01-01,x\n", "2027.csv")
    assert [problem.code.id for problem in problems] == ["GT867"]
    for body, name in ((b"PK\3\4 no workbook", "a.xlsx"), (b"x" * (1 << 21), "a.csv")):
        _, problems = read_table(body, name)
        assert problems


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "2027.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "home"


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(build_app("calendar"), ["calendar", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_an_import_shows_before_it_writes(home: Path) -> None:
    table, file = home.parent / "2027.csv", home / "config/calendar/2027.yaml"
    code, shown, _ = run("import", table, "--home", home, "--dry-run")
    assert (code, file.exists()) == (0, False)
    assert shown.endswith("将写入 config/calendar/2027.yaml · would write it\n")
    assert run("import", table, "--home", home)[0] == 0
    assert file.read_text(encoding="utf-8") in shown
    code, shown, _ = run("import", table, "--home", home, "--dry-run", "--json")
    assert (code, orjson.loads(shown)["replaced"]) == (0, True)
    code, shown, _ = run("show", "2027", "--home", home, "--json")
    assert (code, sum(orjson.loads(shown)["working_days"])) == (0, 261 - 1 - 5 + 1)


def test_a_table_with_a_mistake_writes_nothing(home: Path) -> None:
    table = home.parent / "2027.csv"
    table.write_text(TABLE.replace("20271009", "20271011"), encoding="utf-8")
    code, _, told = run("import", table, "--home", home)
    assert (code, list((home / "config").rglob("*.yaml"))) == (2, [])
    assert "config/calendar/2027.yaml:9:8 work.国庆节: 2027-10-11 是周一，本来就上班" in told
    code, _, told = run("import", table, "--home", home.parent)   # which has no config/
    assert (code, "GT161" in told) == (2, True)
    assert run("import", table, "--home", home, "--year", "2030")[0] == 2


def test_a_year_without_a_notice_is_shown_as_such(home: Path) -> None:
    code, shown, _ = run("show", "2030", "--home", home)
    assert code == 1
    assert "2030：没有该年的放假通知，只按周末推算 · no notice of this year" in shown
    code, shown, _ = run("check", "--home", home, "--json")
    assert (code, orjson.loads(shown)["years"][-1]) == (0, 2026)
