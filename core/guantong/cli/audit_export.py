"""`guantong audit export`, `freeze` and `thaw`: a case is handed out as evidence (取证包), or kept as such (证据保全)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from guantong.blobs.opening import open_blobs
from guantong.blobstore import BlobMissing, BlobsFailed
from guantong.cli.acting import act, actor_or_login
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    reading,
    stop,
    vault_of,
)
from guantong.cli.screen import console, table
from guantong.cli.unmasking import journaled, keep
from guantong.clock import now_ms
from guantong.config import Configuration
from guantong.control import ask_export
from guantong.doctor.onecase import look_at_case
from guantong.mapping.kept import Kept, kept_in
from guantong.operations import Act
from guantong.operations.exporting import Export, journal_export
from guantong.oserrors import in_words
from guantong.pack.case import Case, gathered, newest_of
from guantong.pack.checking import check_pack
from guantong.pack.claim import FAILS
from guantong.pack.codes import NOT_WRITTEN
from guantong.pack.exporting import Asked, Pack, planned
from guantong.pack.readme import RULES, RULES_EN, RULES_ZH
from guantong.pack.writing import in_place
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.proof.codes import NO_KEY
from guantong.proof.signingkey import signing_key
from guantong.proof.tiles import Damaged
from guantong.vault import VaultError

ActorOption = Annotated[str, typer.Option("--as", help="Who acts (操作人); default: the login name.")]
WhyOption = Annotated[str, typer.Option("--why", "--reason", help="The reason, kept in the journal and in the pack (原因).")]


def export(
    case: Annotated[str, typer.Argument(help="Any serial of the case; or M12, D34, C5 (任一流水号).")],
    to: Annotated[Path | None, typer.Option("--to", help="The file to make; 取证包-C5.zip here unless given (写入的文件).")] = None,
    reveal: Annotated[bool, typer.Option(
        "--unmask", "--reveal", help="With the records themselves and personal values in clear; needs --why, journaled (含原文，留痕).")] = False,
    checkpoint: Annotated[int | None, typer.Option(
        "--checkpoint", min=1, help="Prove it by the checkpoint of so many entries; else by the newest (所依据的检查点).")] = None,
    attachments: Annotated[bool, typer.Option("--attachments/--no-attachments", help="With attachments (含附件).")] = True,
    listing: Annotated[bool, typer.Option("--list", "--dry-run", help="Only say what the pack would hold (只列清单).")] = False,
    actor: ActorOption = "", why: WhyOption = "", home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Hand one case out as evidence that anybody can read, and check, without this program (取证包).

    One ZIP: the journal's lines with their proofs, the records, the events, where each value came from, the mappings, verifiers, and an
    extraction record to sign. Without --unmask personal values are masked, and records and attachments are left out.

    Example: `guantong audit export RC20140715-0001 --list`;
    `guantong audit export RC20140715-0001 --unmask --why 行政复议调取 --as 陈工 --to 取证包.zip`
    """
    config = configuration(home)
    who = "" if listing else actor_or_login(actor)
    with reading(config) as reader:
        newest = newest_of(reader, case)
        if not newest:
            fail(f"没有找到 {case} / nothing is known of {case}", PROBLEMS_FOUND)
    if reveal and not listing:
        journaled(config, case, [{"subject": one} for one in newest], None, who, why)
    try:
        public = signing_key(config, environ=os.environ)
        if public is None:
            stop(Problem(NO_KEY))
        vault = vault_of(config)
        asked = Asked(who, why.strip(), now_ms(), not reveal, attachments)
        specs = registry()
        with reading(config) as reader, reader.snapshot():
            found = gathered(reader, case, newest, public.verifier.text, checkpoint)
            pack = planned(found, asked, reader, vault, open_blobs(config, specs, vault), config,
                           Kept(kept_in(config.home), specs.codecs, specs.functions))
            if listing:
                _list(pack, as_json=as_json)
                return
            _write(config, found, pack, to or Path(f"取证包-{found.ident}.zip"),
                   [problem for subject in found.subjects for problem in look_at_case(reader, subject)], as_json=as_json)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(PROBLEMS_FOUND) from None
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_WRITTEN, details={"what": what, "what_zh": what_zh}), PROBLEMS_FOUND)
    except (VaultError, Damaged, BlobMissing, BlobsFailed) as error:
        stop(Problem(NOT_WRITTEN, details={"what": str(error), "what_zh": str(error)}), PROBLEMS_FOUND)


def freeze(
    keys: Annotated[list[str], typer.Argument(help="Cases, by any serial or as C5 (任一流水号或 C5).")],
    why: WhyOption = "", home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
) -> None:
    """Keep everything of a case, whatever its period, until it is thawed (证据保全). The same as `guantong retention freeze`.

    Example: `guantong audit freeze RC20140715-0001 --why 行政复议 --as 陈工`
    """
    if not why:
        fail("请用 --why 说明原因 / say why with --why")
    act(home, Act.FREEZE, keys, actor, why, as_json)


def thaw(
    keys: Annotated[list[str], typer.Argument(help="Cases, by any serial or as C5 (任一流水号或 C5).")],
    why: WhyOption = "", home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
) -> None:
    """A frozen case is kept as long as its period, again (解除保全): takes back `guantong audit freeze`.

    Example: `guantong audit thaw C5 --why 复议已结 --as 陈工`
    """
    if not why:
        fail("请用 --why 说明原因 / say why with --why")
    act(home, Act.THAW, keys, actor, why, as_json)


def _write(config: Configuration, case: Case, pack: Pack, path: Path, otherwise: Sequence[Problem], *, as_json: bool) -> None:
    with in_place(path) as half:
        with _progress(quiet=as_json) as progress:
            task = progress.add_task("导出 exporting", total=len(pack.parts) + 1)
            digest = pack.write(half, lambda done: progress.update(task, completed=done))
        with half.open("rb") as written:
            wrong = [one for one in check_pack(written, "\n".join((str(case.proof["key"]), *config.audit.former))) if one.verdict == FAILS]
        made = Export(pack.asked.actor, pack.asked.reason, case.subjects, case.messages[0].id if not case.subjects else 0, pack.asked.masked,
                      digest, case.said.size)
        asyncio.run(keep(config, lambda engine: journal_export(engine, made), lambda: ask_export(config.home, made), "audit export"))
    answer = {"file": str(path), "sha256": digest, "masked": pack.asked.masked, "lines": len(case.lines), "proved": len(case.sealed),
              "not_proved_yet": list(case.late), "left_out": pack.left, "differs": pack.differs, "fails": [one.said(1) for one in wrong],
              "problems": [one.as_json() for one in otherwise]}
    if as_json:
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        screen = console()
        screen.print(f"✓ {path}  日志 {len(case.lines)} 条 lines，可证明 proved {len(case.sealed)}"
                     f"  {'脱敏 masked' if pack.asked.masked else '含原文 unmasked'}", soft_wrap=True)
        screen.print(f"  SHA-256 {digest}（请抄入提取笔录 · to be written into the extraction record）", soft_wrap=True)
        for one in pack.left:
            screen.print(f"  ! {one}", soft_wrap=True)
    for claim in wrong:  # somebody wrote to the store beside the hub: the pack shows it as it is
        typer.echo(f"✗ {claim.said(0)}\n    {claim.said(1)}", err=True)
    print_problems(otherwise)
    if pack.differs or wrong or otherwise:
        raise typer.Exit(PROBLEMS_FOUND)


def _list(pack: Pack, *, as_json: bool) -> None:
    files: list[dict[str, Any]] = [{"name": one.name, "zh": one.zh, "en": one.en} for one in pack.parts]
    if as_json:
        typer.echo(orjson.dumps({"files": files, "left_out": pack.left}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    rules = sum(one["name"].startswith(RULES) for one in files)
    rows = [(one["name"], f"{one['zh']} · {one['en']}") for one in files if not one["name"].startswith(RULES)]
    screen.print(table(("文件 File", "内容 What it is"), [*rows, (f"{RULES}…", f"{RULES_ZH.format(rules)} · {RULES_EN.format(rules)}")]))
    for one in pack.left:
        screen.print(f"! {one}", soft_wrap=True)
    screen.print("未写入任何文件，未记入日志 · Nothing was written or journaled.", soft_wrap=True)


def _progress(*, quiet: bool) -> Progress:
    screen = Console(file=sys.stderr)
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True,
                    disable=quiet or not screen.is_terminal)

