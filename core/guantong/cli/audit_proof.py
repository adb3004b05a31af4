"""`guantong audit proof`: entries of the journal with their proofs, and single fields of the records they are about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple

import orjson
import typer

from guantong.cli.audit_keys import own_key
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    configuration,
    fail,
    print_problems,
    reading,
    stop,
    vault_of,
)
from guantong.cli.unmasking import journaled
from guantong.config import Configuration
from guantong.journey.keptnatives import natives_of
from guantong.operations.tracing import find_subjects
from guantong.problems import Problem, ProblemsError
from guantong.proof.codes import NO_SUCH_ENTRY
from guantong.proof.disclosing import Disclosing, Wanted
from guantong.proof.hashing import HASHES
from guantong.proof.leaf import Line
from guantong.proof.proving import find
from guantong.proof.proving import proof as proof_of
from guantong.store import Reader


def proof(
    entry: Annotated[str | None, typer.Argument(help="An entry of the journal: E12, or 12 (日志编号).")] = None,
    subject: Annotated[str, typer.Option("--subject", help="All entries of a case: any serial, or C5 (某办件的全部条目).")] = "",
    field: Annotated[list[str] | None, typer.Option(
        "--field", help="Also show this field of the record, and no other: step.opinion, or case.step:step.opinion; needs --why, "
        "journaled (出示单个字段，留痕).")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Also show the record's bytes; needs --why, journaled (出示原始字节，留痕).")] = False,
    actor: Annotated[str, typer.Option("--as", help="Who acts (操作人); default: the login name.")] = "",
    why: Annotated[str, typer.Option("--why", "--reason", help="The reason for showing it, kept in the journal (原因).")] = "",
    home: HomeOption = HERE,
) -> None:
    """Print entries with the hashes that lead from each to a signed root, as JSON (单条存证).

    Who has that and the public key needs neither this server nor this program to check it: see docs/audit.md. A line shows nothing of the
    record it is about, unless that is asked for: with --field one value, as it was accepted, and what proves it; nothing can be
    found out from that of the others. Of a case then come the entries whose records have that field.

    Example: `guantong audit proof E120`; `guantong audit proof --subject RC20140715-0001`;
    `guantong audit proof E120 --field applicant.name --why 行政复议调取 --as 陈工`
    """
    if (entry is None) == (not subject):
        fail("请给出日志编号或 --subject 其一 / give an entry, or --subject")
    config, wanted = configuration(home), Wanted(tuple(field or ()), raw)
    known = own_key(config)
    with reading(config) as reader, reader.snapshot():
        try:
            entries = _entries(reader, entry, subject)
            shown = _shown(config, reader, entries, wanted) if wanted.fields or raw else {}
            entries = [*shown] or entries
            found = proof_of(reader, entries, known.text)
        except ProblemsError as error:
            print_problems(error.problems)
            raise typer.Exit(PROBLEMS_FOUND) from None
    if shown:
        lines = [one.line for one in shown.values()]
        key = "{}{}".format(*(lines[0].about or ("", ""))) if len(lines) == 1 else subject
        told = [{"subject": one} for one in sorted({line.subject for line in lines})]
        journaled(config, key, told, ", ".join((*wanted.fields, *(["raw"] if raw else []))), actor, why)
    beside = [{**one, "record": shown[number].record} if number in shown else one for number, one in zip(entries, found["entries"], strict=True)]
    typer.echo(orjson.dumps({**found, "entries": beside}, option=orjson.OPT_INDENT_2))


class _Shown(NamedTuple):
    line: Line
    record: Any


def _shown(config: Configuration, reader: Reader, entries: Sequence[int], wanted: Wanted) -> dict[int, _Shown]:
    """What is shown beside entries, by the numbers of those that show something. Raises `ProblemsError`."""
    tree = reader.tree()
    lines = {entry: sealed for entry in entries if (sealed := find(reader, entry)) is not None}
    if not lines:
        return {}
    disclosing = Disclosing(reader, vault_of(config), HASHES[tree.hash if tree is not None else "sha256"], partial(natives_of, config))
    return {entry: _Shown(lines[entry].line, record) for entry, record in disclosing.of_each(list(lines.values()), wanted).items()}


def _entries(reader: Reader, entry: str | None, subject: str) -> list[int]:
    if entry is not None:
        number = entry.removeprefix("E").removeprefix("e")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            stop(Problem(NO_SUCH_ENTRY, details={"entry": entry[:40]}), PROBLEMS_FOUND)
        return [int(number)]
    found = sorted({line.id for one in find_subjects(reader, subject) for line in reader.journal_of(one)})
    if not found:
        fail(f"没有找到 {subject} / nothing is known of {subject}", PROBLEMS_FOUND)
    return found
