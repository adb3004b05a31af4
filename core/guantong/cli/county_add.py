"""`guantong county add`: a county's files from a few answers."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated, Any, NoReturn

import orjson
import typer

from guantong.cli.codes import NO_FOLDER_YET
from guantong.cli.county_questions import Aborted, as_yaml, ask_all, ask_facts
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption, print_problems
from guantong.cli.mapping_excel import ended
from guantong.onboarding.answers import Answered, read_answers
from guantong.onboarding.compose import Composed, compose
from guantong.onboarding.files import difference, write_all
from guantong.onboarding.further import further
from guantong.onboarding.place import source_of
from guantong.onboarding.shipped import profiles
from guantong.onboarding.template import template
from guantong.problems import Problem, ProblemsError, in_order


def add(
    from_: Annotated[Path | None, typer.Option("--from", help="A file with the answers; without it they are asked (回答文件).")] = None,
    print_answers: Annotated[bool, typer.Option("--print-answers", help="Print such a file to fill in (打印回答文件模板).")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, write nothing (只显示).")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that say something else (覆盖已有文件).")] = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make the files of a new county: asks, or takes answers from a file (新增县区：逐项询问，或读取回答文件).

    Writes config/counties/NAME.yaml, the list of environment variables for its secrets, a dialect under mappings/
    (drafted from the vendor's material where there is any), routes only where its role has none. In an empty
    folder also the hub's own files, the city's and all they need. Everything is tried out first: what is wrong is
    told at its line, and nothing is written.

    Examples 示例: `guantong county add` · `guantong county add --print-answers > answers.yaml` ·
    `guantong county add --from answers.yaml --dry-run`
    """
    if print_answers:
        typer.echo(template(profiles(home)), nl=False)
        return
    if not home.is_dir():
        ended([Problem(NO_FOLDER_YET, details={"folder": home.as_posix()})], as_json)
    answered = _answers(from_, home, as_json)
    try:
        made = compose(home.resolve(), answered, force=force)
        if made.wanted and from_ is None:
            answered = ask_facts(answered, made.wanted)
            made = compose(home.resolve(), answered, force=force)
    except ProblemsError as error:
        ended(error.problems, as_json)
    except Aborted:
        _nothing()
    if made.wrong:
        if from_ is None:
            typer.echo("回答如下，可存为 answers.yaml，补正后用 --from 读取 · keep your answers, mend them, then give them with --from:")
            typer.echo(as_yaml(answered.table))
        ended(made.problems, as_json)
    files = {name: body for name, body in made.files().items() if not _same(home / name, body)}
    shown = from_ is None and not dry_run and not as_json
    if not as_json:
        print_problems(made.problems)
        if dry_run or shown:
            _show(home, made, files)
    if shown and not typer.confirm("写入以上文件？ Write these files?", default=True):
        _nothing()
    if not dry_run:
        try:
            write_all(home, files)
        except ProblemsError as error:
            ended(error.problems, as_json)
    _answer(home, answered, made, files, dry_run, as_json)


def _answers(file: Path | None, home: Path, as_json: bool) -> Answered:
    if file is None:
        try:
            return ask_all(home)
        except Aborted:
            _nothing()
    answered, problems = read_answers(file)
    if answered is None:
        ended(in_order([*problems, *further(home.resolve(), file, problems)]), as_json)
    return answered


def _nothing() -> NoReturn:
    typer.echo("已放弃，未写入任何文件 · given up, nothing was written", err=True)
    raise typer.Exit(PROBLEMS_FOUND)


def _same(file: Path, body: bytes) -> bool:
    return file.is_file() and file.read_bytes() == body


def _show(home: Path, made: Composed, files: dict[str, bytes]) -> None:
    """The difference of what is the county's own; what is copied is counted."""
    for name, body in files.items():
        if name in made.own:
            typer.echo(difference(home, name, body))
    copied = [name for name in files if name in made.shipped and name not in made.own]
    if copied:
        typer.echo(f"另从自带文件复制 {len(copied)} 个 · and {len(copied)} files copied from those that ship:")
        for folder in sorted({name.rpartition("/")[0] for name in copied}):
            typer.echo(f"  {folder}/")


def _answer(home: Path, answered: Answered, made: Composed, files: dict[str, bytes], dry_run: bool, as_json: bool) -> None:
    said = answered.said
    variables = {name: source.env for name in made.secrets if (source := source_of(said, name)).env}
    if as_json:
        answer: dict[str, Any] = {
            "ok": True, "county": said.county, "system": f"{said.county}.{said.system}", "dialect": made.dialect,
            "written": [] if dry_run else sorted(files), "own": sorted(made.own), "variables": variables,
            "problems": [problem.as_json() for problem in made.problems], "left": [problem.as_json() for problem in made.left],
        }
        if dry_run:
            answer["files"] = {name: body.decode() for name, body in sorted(files.items()) if name in made.own}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    if dry_run:
        typer.echo(f"将写入 {len(files)} 个文件，尚未写入 · {len(files)} files would be written, none was")
        return
    if made.left:
        typer.echo("草稿尚缺，补齐后转发规则才完整 · what the draft does not say yet and the routes want:")
        print_problems(made.left)
    for line in _next_steps(home, said.county, made.dialect, made, list(variables.values())):
        typer.echo(line)


def _next_steps(home: Path, county: str, dialect: str, made: Composed, variables: list[str | None]) -> list[str]:
    own, at = sorted(made.own), "" if home == HERE else f" --home {quote(str(home))}"
    lines = [f"已写入 {len(own)} 个县区文件 · files of the county written:", *(f"  {name}" for name in own)]
    if made.shipped:
        lines.append(f"另复制自带文件 {len(made.shipped)} 个 · {len(made.shipped)} shipped files copied")
    lines.append("接下来 · what comes next:")
    steps = []
    if variables:
        steps.append(f"设置环境变量 · set the variables: {' '.join(name for name in variables if name)}")
    if "config/city.yaml" in made.shipped:
        steps.append("改写 config/city.yaml 中市级各方的地址 · put the real addresses of the city's systems into config/city.yaml")
    steps += [
        f"核对字段 · check the fields: guantong mapping to-excel {dialect} {dialect}.xlsx{at}",
        f"放入对方样例 · put the vendor's samples into: samples/{county}/",
        f"上线前检查 · prove it: guantong county ready {county} --offline{at}",
    ]
    lines += [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    undone = " ".join(quote(str(home / root)) for root in _roots(own))
    return [*lines, f"撤销：删除以上文件即可 · to undo, delete these files: rm -r {undone}"]


def _roots(own: list[str]) -> list[str]:
    """What to delete: a dialect as its folder; routes are no file of the county alone."""
    found = {"/".join(name.split("/")[:2]) if name.startswith("mappings/") else name for name in own}
    return sorted(found - {"config/routes.yaml"})
