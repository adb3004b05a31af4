"""`guantong calendar`: the working calendar that deadlines are counted by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer
from rich.text import Text

from guantong.cli.codes import NOT_A_HOME
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    WRONG_USAGE,
    HomeOption,
    JsonOption,
    print_problems,
    stop,
)
from guantong.cli.screen import console, table
from guantong.config.calendar import FOLDER, ending, read_calendar, read_year
from guantong.config.files import Files, folder_of
from guantong.oserrors import in_words
from guantong.problems import Place, Problem
from guantong.supervision.calendar import Calendar, Day
from guantong.supervision.calendartable import file_of, mixed_years, read_table
from guantong.yamlfile import UNREADABLE, Table, parse_yaml

calendar = typer.Typer(
    no_args_is_help=True,
    help="The working calendar (工作日历).\n\nDays off and make-up working days, one file a year in `config/calendar/`; "
         "years without a file of the home's are those that ship.\n\nExample: `guantong calendar show 2026`",
)
YearOption = Annotated[int | None, typer.Option("--year", help="The year the table is for (年份); else the table's own.")]


def _calendar(home: Path) -> tuple[Calendar, list[Problem]]:
    files = Files(*folder_of(home.absolute(), "config"))
    found, problems = read_calendar(files)
    return found, [*files.problems, *problems]


@calendar.command("show")
def show(
    year: Annotated[int, typer.Argument(min=1990, max=2199, help="The year (年份).")],
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show a year: its days off, its make-up days, and the working days of each month (查看一年).

    Exit code 1 when no notice of that year is known: then only weekends are.

    Example: `guantong calendar show 2026`
    """
    found, problems = _calendar(home)
    known = found.years.get(year)
    if as_json:
        answer = {"year": year, "known": known is not None, "source": known.source if known else "",
                  "off": [day.isoformat() for day in sorted(known.off)] if known else [],
                  "work": [day.isoformat() for day in sorted(known.work)] if known else [],
                  "working_days": _months(found, year)}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        print_problems(problems)
        typer.echo(f"{year} · {known.source}" if known else f"{year}：没有该年的放假通知，只按周末推算 · no notice of this year")
        console().print(table(("月 month", "工作日 days", "放假 off", "调休上班 make-up"), _rows(found, year), right=(1,)))
        typer.echo(f"全年 {sum(_months(found, year))} 个工作日 · working days in the year")
    if known is None:
        raise typer.Exit(PROBLEMS_FOUND)


def _months(found: Calendar, year: int) -> list[int]:
    days = list(found.days_of(year))
    return [sum(day.works for day in days if day.day.month == month) for month in range(1, 13)]


def _rows(found: Calendar, year: int) -> Iterator[list[str | Text]]:
    counts = _months(found, year)
    days = list(found.days_of(year))
    for month in range(1, 13):
        mine = [day for day in days if day.day.month == month and day.name]
        yield [str(month), str(counts[month - 1]), *(_spans([day for day in mine if day.works is works]) for works in (False, True))]


def _spans(days: Sequence[Day]) -> str:
    """The days of one month by holiday: `31 春节`, `1–6 春节`."""
    spans: list[list[Day]] = []
    for day in days:
        if spans and spans[-1][-1].name == day.name and (day.day - spans[-1][-1].day).days == 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return "  ".join(f"{span[0].day.day}{f'–{span[-1].day.day}' if len(span) > 1 else ''} {span[0].name}" for span in spans)


@calendar.command("check")
def check(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Check the calendar's files, and whether its years end soon (检查日历).

    Example: `guantong calendar check`
    """
    found, problems = _calendar(home)
    problems += ending(found, date.today(), Place(f"config/{FOLDER}"))
    wrong = any(problem.code.severity == "error" for problem in problems)
    years = sorted(found.years)
    if as_json:
        answer = {"ok": not wrong, "years": years, "problems": [problem.as_json() for problem in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        print_problems(problems)
        typer.echo(f"{len(years)} 年：{years[0]}–{years[-1]} · years known" if years else "没有任何年份 · no year is known")
    if wrong:
        raise typer.Exit(PROBLEMS_FOUND)


@calendar.command("import")
def import_year(
    file: Annotated[Path, typer.Argument(help="The table, .csv or .xlsx, with 日期, 类型, 名称 (表格).")],
    year: YearOption = None,
    source: Annotated[str, typer.Option("--source", help="The notice it comes from (来源通知).")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the file, write nothing (只显示不写入).")] = False,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Write a year's file from a table (导入一年的放假安排).

    Each row is a day, or a row of days (2027-02-05至2027-02-11), its kind (放假 or 上班) and the holiday's name. Every
    mistake is named by row and column; then nothing is written. An existing file of that year is replaced.

    Example: `guantong calendar import 2027.csv --source 国务院办公厅通知 --dry-run`
    """
    if not (home / "config").is_dir():
        stop(Problem(NOT_A_HOME, details={"folder": home.as_posix(), "near": ""}))
    try:
        body = file.read_bytes()
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(UNREADABLE, Place(file.name), details={"what": what, "what_zh": what_zh}))
    days, problems = read_table(body, file.name)
    of_year = days.year(year) if not problems else None
    if not problems and of_year is None:
        problems = [mixed_years(days, file.name)]
    if problems or of_year is None:
        _nothing_written(problems, as_json)
    text = file_of(days, of_year, source or file.name)
    name = f"config/{FOLDER}/{of_year}.yaml"
    node, problems = parse_yaml(text, name)
    if isinstance(node, Table):
        problems += read_year(node, str(of_year))[1]
    if problems:
        _nothing_written(problems, as_json)
    target = home / name
    replaced = target.is_file()
    if not dry_run:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if as_json:
        answer = {"ok": True, "file": name, "written": not dry_run, "replaced": replaced, "text": text, "problems": []}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    if dry_run:
        typer.echo(text, nl=False)
        typer.echo(f"将{'替换' if replaced else '写入'} {name} · would {'replace' if replaced else 'write'} it")
    else:
        typer.echo(f"已写入 {name}；重启中枢后生效 · written; the hub takes it up when it starts anew")


def _nothing_written(problems: list[Problem], as_json: bool) -> NoReturn:
    if as_json:
        answer = {"ok": False, "written": False, "problems": [problem.as_json() for problem in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        print_problems(problems)
        typer.echo("未写入 · Nothing was written.", err=True)
    raise typer.Exit(WRONG_USAGE)
