"""`guantong mapping prove`: which fields come back from a round trip, and whether what does not is declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.check import Lang
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption
from guantong.cli.mappinghome import UnmaskOption, mappings, natives_of, own_and_inherited_pairs
from guantong.cli.screen import console, table
from guantong.mapping.causes import CAUSES
from guantong.mapping.prove import STATUSES, FieldProof, Prover
from guantong.mapping.prove.proof import Loss
from guantong.mapping.showing import Shower
from guantong.plugins import registry
from guantong.problems import Language

HEADS = {
    "zh": ("往返", "映射", "结论", "原因", "字段 · 样例"),
    "en": ("round trip", "mapping", "verdict", "cause", "fields · example"),
}
LAWS = {"zh": {"record": "收→发", "event": "发→收"}, "en": {"record": "in → out", "event": "out → in"}}
OTHER_CAUSES = {
    "null": ("a text that means no value", "表示空值的文本"), "when": ("its condition does not hold", "条件不成立"),
    "merged": ("several codes written as one: table", "多个代码写成一个：代码表"), "lossy": ("declared: ", "已声明："), "": ("NOT DECLARED", "未声明"),
}


def prove(
    dialect: Annotated[str, typer.Argument(help="A dialect (数据规范).")],
    samples: Annotated[list[Path] | None, typer.Argument(
        metavar="[SAMPLES]...", help="Files with records as the system sends them, or folders of them, besides the "
        "dialect's pairs and generated values (样例文件或文件夹).")] = None,
    kind: Annotated[str | None, typer.Option(help="The record kind, where the bytes do not say it (报文类型).")] = None,
    unmask: UnmaskOption = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Prove the round trip: which fields come back exactly, which do not, and whether that is declared (往返证明).

    Records go in and out again, events out and in again, through the codec: the dialect's pairs, the samples, and
    generated values of every type (edges, rare characters, markup). A loss is declared by `lossy:`, or by what
    the rule says of itself: an alias, a further format, a function that cannot be undone, a fallback, a cut. Exit 1
    when any is not.

    Examples 示例: `guantong mapping prove jiedong` · `guantong mapping prove rongcheng samples/ --json`
    """
    loaded = mappings(home, [dialect])
    spoken = loaded.dialect(dialect)
    prover = Prover(spoken, Shower(loaded.model, unmask), registry().functions)
    generated = dict(prover.generated())
    nothing: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
    for _, native in natives_of(spoken, samples or [], kind):
        prover.record(native, nothing)
    prover.take(own_and_inherited_pairs(loaded, spoken))
    proofs = prover.proofs()
    counts = Counter(one.status for one in proofs)
    if as_json:
        answer = {
            "ok": not counts["undeclared"], "dialect": dialect, "events": sum(generated.values()),
            "one_way": prover.one_way(), "counts": {name: counts[name] for name in STATUSES},
            "fields": [one.as_json() for one in proofs],
        }
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(proofs, prover.one_way(), counts, "en" if lang is Lang.EN else "zh")
    if counts["undeclared"]:
        raise typer.Exit(PROBLEMS_FOUND)


def _print(proofs: Sequence[FieldProof], one_way: dict[str, str], counts: Counter[str], language: Language) -> None:
    screen = console()
    chinese = language == "zh"
    rows = list(_rows(proofs, language))
    if rows:
        screen.print(table(HEADS[language], rows))
    for name, way in one_way.items():
        said = {"in": ("only read", "只收"), "out": ("only written", "只发")}[way][chinese]
        screen.print(f"{name}：{said}，无往返" if chinese else f"{name}: {said}, nothing can come back")
    told = [f"{STATUSES[name][chinese]} {counts[name]}" for name in STATUSES if counts[name]]
    screen.print(("各字段：" + "，".join(told) if chinese else "fields: " + ", ".join(told)) if told else "-")


def _rows(proofs: Sequence[FieldProof], language: Language) -> Iterator[tuple[str, str, str, str, str]]:
    """The fields that do not come back, those of one mapping and cause on one line, the undeclared first."""
    chinese = language == "zh"
    grouped: dict[tuple[str, str, str, str], list[tuple[str, Loss]]] = {}
    for one in proofs:
        for loss in one.losses.values():
            grouped.setdefault((one.law, one.mapping, loss.cause, loss.why), []).append((one.path, loss))
    for (law, name, cause, why), losses in sorted(grouped.items(), key=lambda item: (item[0][2] != "", item[0])):
        status = STATUSES["lossy" if cause else "undeclared"][chinese]
        said = {**CAUSES, **OTHER_CAUSES}[cause][chinese]
        paths = ", ".join(path for path, _ in losses)
        first = losses[0][1]
        yield LAWS[language][law], name, status, f"{said} {why}".strip(), f"{paths} · {first.before or '-'} → {first.after or '-'}"
    for one in proofs:
        if one.status == "refused":
            yield LAWS[language][one.law], one.mapping, STATUSES["refused"][chinese], ", ".join(sorted(one.refused)), one.path
