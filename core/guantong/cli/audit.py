"""`guantong audit`: the journal proves itself (全程留痕存证): verify, proof, export, checkpoint, keys."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from guantong.cli.audit_acts import acts
from guantong.cli.audit_export import export, freeze, thaw
from guantong.cli.audit_keys import keys, own_keys
from guantong.cli.audit_pack import verify_pack
from guantong.cli.audit_proof import proof
from guantong.cli.audit_stamp import stamp, trusted_authorities
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    WRONG_USAGE,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    reading,
    refuse,
    stop,
    unwritable,
    vault_of,
)
from guantong.cli.screen import console
from guantong.clock import shown
from guantong.config import Configuration
from guantong.config.codes import NEEDS_SM
from guantong.doctor.onecase import look_at_rows
from guantong.hub import open_engine
from guantong.journey.keptnatives import natives_of
from guantong.lock import HomeLocked
from guantong.operations.tracing import find_subjects
from guantong.oserrors import in_words
from guantong.pack.assembled import verify_html, verify_py
from guantong.plugins import registry
from guantong.problems import Place, Problem, ProblemsError
from guantong.proof.anchoring import Anchored, read
from guantong.proof.binder import Decodes
from guantong.proof.casework import verify_case
from guantong.proof.codes import (
    KEPT_OTHERWISE,
    NO_CHECKPOINT,
    NO_KEY,
    NOT_READ,
    NOTHING_OUTSIDE,
    TREE_DAMAGED,
)
from guantong.proof.notary import Forked, look_at_kept, told
from guantong.proof.note import BadKey, NeedsPackage, VerifierKey
from guantong.proof.sequencer import Sequencer
from guantong.proof.signingkey import key_of_log
from guantong.proof.stamps import Proved, answers, folders, imprints, proved
from guantong.proof.tiles import Damaged
from guantong.proof.trusted import Trusted, trusted
from guantong.proof.verifying import Verdict
from guantong.proof.verifying import verify as verified
from guantong.proofstore import KeptCheckpoint
from guantong.store import Reader, StoreFailed, StoreRefused
from guantong.vault import Vault, VaultError

audit = typer.Typer(no_args_is_help=True, help="The journal proves itself: verify, proof, export, checkpoint, keys (全程留痕存证).")
audit.add_typer(keys, name="keys")
audit.add_typer(stamp, name="stamp")
for verb in (acts, proof, export, freeze, thaw):
    audit.command()(verb)
AgainstOption = Annotated[list[Path] | None, typer.Option(
    "--against", help="A file of checkpoints that was kept outside; else those that `audit.anchors` names (外部保存的检查点文件).")]
KeyOption = Annotated[list[str] | None, typer.Option(
    "--key", help="A public key, or a file with it; else the one of this home (公钥).")]


@audit.command()
def verify(
    case: Annotated[str | None, typer.Argument(help="Only this case: any serial, or M12, D34, C5 (只核验该办件).")] = None,
    against: AgainstOption = None, key: KeyOption = None,
    bodies: Annotated[bool, typer.Option("--bodies/--no-bodies", help="Also records and what was sent (含报文内容).")] = True,
    pack: Annotated[Path | None, typer.Option("--pack", help="Not the journal of this home, but this evidence pack (核验取证包).")] = None,
    exported: Annotated[Path | None, typer.Option(
        "--exported", help="With --pack: a proof of the line that records its export, by `audit proof` (导出记录的证明).")] = None,
    decode: Annotated[bool, typer.Option("--decode", help="Also decode every record anew, and hold each native field (含原始字段).")] = False,
    stamps: Annotated[list[Path] | None, typer.Option(
        "--stamp", help="Also these time stamps, files or folders; those of this home are looked at always (时间戳).")] = None,
    ca: Annotated[Path | None, typer.Option("--tsa-ca", help="Certificates to check time stamps by; else audit.tsa.ca (时间戳 CA 证书).")] = None,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Work the whole proof out anew and hold it against the checkpoints that were kept outside (核验).

    Says which claim fails and where; exit 1 when one does. What is newer than the last checkpoint outside is counted as unsealed:
    it is not proved yet to anybody who does not trust this server. Reads only, beside a running hub. Of records, the bytes and the
    fields of kept events are held against the commitments made when they were accepted; with --decode native fields, too.

    Time stamps (`guantong audit stamp`) tell up to which entry the journal existed before when, as which authority says.

    With --pack a pack that `guantong audit export` wrote is verified, claim by claim, by the same program that it brings with it; on a
    machine without a home, give --key.

    Example: `guantong audit verify --against usb/checkpoints` or `guantong audit verify RC20140715-0001`;
    `guantong audit verify --pack 取证包.zip --key public.txt --against usb/checkpoints`
    """
    if pack is not None:
        verify_pack(pack, against, key, exported, home, json=as_json)
        return
    config = configuration(home)
    outside, problems = _outside(config, against, key)
    with reading(config) as reader:
        problems += [*_nothing_in(config, against, reader), *look_at_kept(reader)]
        vault = vault_of(config) if bodies and reader.tree() is not None else None
        decodes = partial(natives_of, config) if decode else None
        with reader.snapshot():
            if case is None:
                with _progress(quiet=as_json) as progress:
                    task = progress.add_task("核验 verifying")
                    verdict = verified(reader, vault, outside, lambda done, of: progress.update(task, completed=done, total=of), decodes)
            else:
                verdict = _verify_case(reader, vault, case, outside, decodes)
        existed, unchecked = _stamped(config, reader, against, key, stamps or [], ca, verdict)
    verdict.problems[:0] = problems
    if as_json:
        told_stamps = [{**one._asdict(), "at": shown(one.at)} for one in existed]
        typer.echo(orjson.dumps({**verdict.as_json(), "stamps": told_stamps, "stamps_not_checked": unchecked}, option=orjson.OPT_INDENT_2))
    else:
        _print(console(), verdict, outside)
        for one in existed:
            typer.echo(f"✓ 前 {one.size:,} 条在 {shown(one.at)} 之前已存在 · the first {one.size:,} entries existed before {shown(one.at)}：{one.tsa}")
        if unchecked:
            typer.echo(f"! {unchecked} 份时间戳未核验：请设置 audit.tsa 或给出 --tsa-ca · {unchecked} time stamps are not checked: set audit.tsa, or give --tsa-ca")
    if verdict.problems:
        raise typer.Exit(PROBLEMS_FOUND)


@audit.command()
def checkpoint(
    now: Annotated[bool, typer.Option("--now", help="Sign what is not signed yet; the hub must be stopped (立即签名).")] = False,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Print the newest signed checkpoint, to be kept where this server cannot reach: on paper, by mail, on a medium (检查点).

    The hub signs by itself, by `audit.checkpoint` of config/guantong.yaml, and appends to the files of `audit.anchors`.

    Example: `guantong audit checkpoint` or `guantong audit checkpoint --now`
    """
    config = configuration(home)
    with reading(config) as reader:  # where there is no hub's home nothing is made
        kept = reader.newest_checkpoint()
    if now:
        kept = asyncio.run(_sign(config))
    said = told(kept) if kept is not None else None
    if kept is None:
        fail("尚无检查点 / there is no checkpoint yet", PROBLEMS_FOUND)
    if said is None:
        stop(Problem(NO_CHECKPOINT, path=f"checkpoint {kept.size}"), PROBLEMS_FOUND)
    if as_json:
        answer = {"size": said.size, "root": said.root.hex(), "hash": said.hash, "at": shown(said.at), "entry": said.entry, "origin": said.origin,
                  "note": kept.note}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(kept.note, nl=False)


@audit.command()
def verifier(
    html: Annotated[bool, typer.Option("--html", help="As a page for a browser, which works offline (网页，可离线使用).")] = False,
) -> None:
    """Print a program that checks proofs and packs with Python alone, or in a browser, without this one: for auditors (独立核验程序).

    Example: `guantong audit verifier > verify.py`, then `python3 verify.py PROOF.json --key public.txt`;
    `guantong audit verifier --html > verify.html`
    """
    typer.echo(verify_html() if html else verify_py(), nl=False)


def _outside(config: Configuration, against: list[Path] | None, key: list[str] | None) -> tuple[list[Trusted], list[Problem]]:
    """Checkpoints that lie outside, and what is wrong with others."""
    given = against or [config.home / name for name in config.audit.anchors if (config.home / name).exists()]
    found: list[Anchored] = []
    for file in given:
        try:
            found += read(file)
        except OSError as error:
            what = error.strerror or type(error).__name__
            stop(Problem(NOT_READ, Place(str(file)), details={"what": what, "what_zh": what}))
    if not found:
        return [], []
    return trusted(found, [each for one in key for each in _named(one)] if key else own_keys(config))


def _nothing_in(config: Configuration, against: list[Path] | None, reader: Reader) -> list[Problem]:
    """Files that are to hold checkpoints, and hold none though there are some: with nothing to hold it against, anything agrees with itself."""
    if against is None and reader.newest_checkpoint() is None:
        return []
    problems = []
    for file in against or [config.home / name for name in config.audit.anchors]:
        if not file.exists():
            what, what_zh = "it is not there", "文件不存在"
        elif not read(file):
            what, what_zh = "it is empty", "其中是空的"
        else:
            continue
        problems.append(Problem(NOTHING_OUTSIDE, Place(str(file)), details={"what": what, "what_zh": what_zh}))
    return problems


def _stamped(config: Configuration, reader: Reader, against: list[Path] | None, key: list[str] | None, given: list[Path], ca: Path | None,
             verdict: Verdict) -> tuple[list[Proved], int]:
    """What time stamps prove, and how many there is nothing to check by; the *verdict* takes what is wrong with others."""
    try:
        found = list(answers([*given, *(one for one in folders(config) if one.is_dir())]))
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_READ, Place(str(error.filename)), details={"what": what, "what_zh": what_zh}))
    trust = trusted_authorities(config, ca) if found else None
    if trust is None:
        return [], len(found)
    files = against or [config.home / name for name in config.audit.anchors if (config.home / name).exists()]
    notes = [one.note for file in files for one in read(file) if one.checkpoint is not None]
    size = 0
    while page := reader.checkpoints(size, 1000):
        notes += [one.note for one in page]
        size = page[-1].size
    existed, problems = proved(reader, found, trust, imprints(notes), [each for one in key for each in _named(one)] if key else own_keys(config))
    for problem in problems:
        verdict.add(problem)
    return existed, 0


def _named(key: str) -> list[VerifierKey]:
    """Public keys as they were given: one itself, or the file they are in, a line each."""
    try:
        return [VerifierKey(key)]
    except NeedsPackage:
        stop(Problem(NEEDS_SM, path="--key"))
    except BadKey:
        pass  # it is a file's name then
    try:
        return [VerifierKey(line) for line in Path(key).read_text(encoding="utf-8-sig").splitlines() if line.strip()] or stop(Problem(NO_KEY, path="--key"))
    except NeedsPackage:
        stop(Problem(NEEDS_SM, path="--key"))
    except (BadKey, OSError, UnicodeError):
        stop(Problem(NO_KEY, path="--key"))


def _verify_case(reader: Reader, vault: Vault | None, case: str, outside: list[Trusted], decodes: Decodes | None) -> Verdict:
    whole = Verdict()
    subjects = find_subjects(reader, case)
    if not subjects:
        fail(f"没有找到 {case} / nothing is known of {case}", PROBLEMS_FOUND)
    for subject in subjects:
        found = verify_case(reader, vault, subject, outside, decodes)
        whole.hash, whole.root, whole.checkpoints = found.hash, found.root, found.checkpoints
        for name in ("entries", "covered", "unsealed", "bodies", "gone", "fields", "undecoded"):
            setattr(whole, name, getattr(whole, name) + getattr(found, name))
        whole.problems += [one for one in (*found.problems, *look_at_rows(reader, subject)) if one not in whole.problems]
    return whole


async def _sign(config: Configuration) -> KeptCheckpoint | None:
    try:
        async with open_engine(config, registry()) as engine:
            sequencer = Sequencer(engine, key_of_log(config, engine.reader.newest_checkpoint(), create=True, environ=os.environ))
            try:
                return await sequencer.sign()
            finally:
                await sequencer.close()
    except HomeLocked:
        fail("中枢正在运行，由它按 audit.checkpoint 自行签名 / the hub runs, and signs by itself as audit.checkpoint says")
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except StoreFailed as error:
        fail(str(error))
    except Forked as error:
        stop(Problem(KEPT_OTHERWISE, details={"size": error.size}), PROBLEMS_FOUND)
    except Damaged as error:
        stop(Problem(TREE_DAMAGED, details={"level": error.level, "number": error.number}), PROBLEMS_FOUND)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    except OSError as error:
        unwritable(error)


def _print(screen: Console, verdict: Verdict, outside: list[Trusted]) -> None:
    root = f"  根 root {verdict.root.hex()[:16]}" if verdict.root else ""  # of one case there is none
    screen.print(f"交换日志 journal  {verdict.entries:,} 条 entries  {verdict.hash}{root}", soft_wrap=True)
    newest = outside[-1].checkpoint if outside else None
    when = f"，最新 newest {newest.size:,} · {shown(newest.at)}" if newest is not None else "（未给出 none given）"
    screen.print(f"外部检查点 checkpoints outside  {verdict.checkpoints}{when}", soft_wrap=True)
    screen.print(f"已向外证明 proved by them  {verdict.covered:,}    未封存 unsealed  {verdict.unsealed:,}", soft_wrap=True)
    if verdict.unsealed:
        screen.print("  未封存：晚于外部最后一个检查点，尚不能向不信任本机的人证明 · unsealed: newer than the last checkpoint outside, "
                     "not proved yet to who does not trust this server", soft_wrap=True)
    screen.print(f"报文内容 bodies  一致 as committed to {verdict.bodies:,}    已清除 pruned or redacted {verdict.gone:,}", soft_wrap=True)
    unread = f"    无法再解 not decoded any more {verdict.undecoded:,}" if verdict.undecoded else ""
    screen.print(f"字段 fields  逐项一致 as committed to, one by one {verdict.fields:,}{unread}", soft_wrap=True)
    print_problems(verdict.problems)
    if verdict.more:
        screen.print(f"另有 {verdict.more:,} 个问题 · and {verdict.more:,} more problems", soft_wrap=True)
    if not verdict.problems and not verdict.entries:
        said = "– 日志为空，没有可核验的内容 · The journal is empty: there is nothing to verify." if not verdict.unsealed else (
            "– 尚未封存任何条目，没有可核验的内容 · Nothing is sealed yet: there is nothing to verify.")
        screen.print(said, soft_wrap=True)
    elif not verdict.problems:
        screen.print("✓ 核验通过：各条与封存时一致 · Verified: every entry is as it was sealed." if verdict.covered
                     else "✓ 自洽，但没有外部检查点可对照 · Consistent in itself, held against nothing outside.", soft_wrap=True)


def _progress(*, quiet: bool) -> Progress:
    screen = Console(file=sys.stderr)
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True,
                    disable=quiet or not screen.is_terminal)
