"""`guantong mapping schema`: JSON Schema of the files under mappings/, for editors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, JsonOption, stop
from guantong.mapping.schema import DOCUMENTS, Known, schema_of
from guantong.model import Model, load_model
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Code, Problem, nearest

NO_SUCH_SCHEMA = Code(
    "GT266", "there is no schema named {came!r}{near}", "没有名为 {came!r} 的 schema{near}",
    "known: {known}", "可用：{known}",
)
NOT_WRITTEN = Code(
    "GT267", "the schemas cannot be written: {what}", "无法写入 schema：{what_zh}",
    "name a folder you may write to with --write", "请用 --write 指定一个可写的文件夹",
)


def schema(
    document: Annotated[str | None, typer.Argument(
        metavar="[" + "|".join(DOCUMENTS) + "]", help="Which file the schema is for; without it, all "
        "(哪种文件，缺省为全部).")] = None,
    write: Annotated[Path | None, typer.Option(metavar="DIR", help="Write DOCUMENT.schema.json files there "
                                               "(写入该文件夹).")] = None,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema (draft 2020-12) of mapping files, so that editors complete and check them (供编辑器使用的 JSON Schema).

    Made of the same declarations the loader uses; the events, code lists, functions and codecs of the home are
    offered by name. Without mappings/ in the home those names are left open. `guantong check` remains the judge.

    Examples 示例: `guantong mapping schema mapping` · `guantong mapping schema --write schemas`
    """
    if document is not None and document not in DOCUMENTS:
        like = nearest(document, DOCUMENTS)
        stop(Problem(NO_SUCH_SCHEMA, details={"came": document, "known": ", ".join(DOCUMENTS), "near": f" ({like}?)" if like else ""}))
    known = _known(home)
    wanted = [document] if document is not None else list(DOCUMENTS)
    made = {name: schema_of(name, known) for name in wanted}
    if write is None:
        typer.echo(_bytes(made[document] if document is not None else made).decode())
        return
    files = _write(write, made)
    if as_json:
        typer.echo(orjson.dumps({"ok": True, "files": files}).decode())
    else:
        for file in files:
            typer.echo(file)


def _known(home: Path) -> Known:
    """What the home's model and the plugins know; mistakes in the model are `check`'s to tell."""
    specs = registry()
    folder = home / "mappings" / "canonical"
    model = load_model(folder, "mappings/canonical")[0] if folder.is_dir() else Model({}, {}, {})
    return Known(model, specs.codecs, specs.functions)


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _write(folder: Path, made: dict[str, dict[str, object]]) -> list[str]:
    written: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, one in made.items():
            file = folder / f"{name}.schema.json"
            fresh = file.with_name(f".{file.name}.new")
            fresh.write_bytes(_bytes(one) + b"\n")
            os.replace(fresh, file)
            written.append(file.as_posix())
    except OSError as error:
        what, what_zh = in_words(error)
        stop(Problem(NOT_WRITTEN, details={"what": what, "what_zh": what_zh}), WRONG_USAGE)
    return written
