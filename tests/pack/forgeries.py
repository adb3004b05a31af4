"""Packs that are none of ours, and packs that a forger altered so that their manifest fits."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.pack.office import altered, contents, repacked

from guantong.pack.rules import COLUMNS, as_csv, as_line


def _cut(pack: bytes) -> bytes:
    return pack[:-1000]


def _zipped(pack: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name, body in contents(pack).items():
            written.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _foreign(_pack: bytes) -> bytes:
    return repacked({"hello.txt": b"hello"})


def _twice(pack: bytes) -> bytes:
    names = (b"history.txt", b"journal.csv")
    assert len(names[0]) == len(names[1])
    return pack.replace(*names)


def directory_of(pack: bytes) -> int:
    """Where the directory of an archive begins."""
    return int.from_bytes(pack[-6:-2], "little")


def _named(name: str) -> Callable[[bytes], bytes]:
    return lambda pack: repacked({**contents(pack), name: b"x"})


def _linked(pack: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        info = zipfile.ZipInfo("link", (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o120777 << 16
        written.writestr(info, pack[:10])
    return made.getvalue()


def _bomb(_pack: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(zipfile.ZipInfo("pack.json"), bytes(50_000_000), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _huge(pack: bytes) -> bytes:
    """A file that says it is larger than the archive."""
    at = directory_of(pack)
    return pack[:at + 20] + b"\xff\xff\xff\x7f\xff\xff\xff\x7f" + pack[at + 28:]


NO_PACKS: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda _: b"", "form.empty"), (lambda _: b"PK\x03\x04", "form.cut"), (lambda _: b"no zip at all, but some text", "form.empty"),
    (_cut, "form.cut"), (lambda pack: pack + b"\n", "form.cut"), (lambda pack: b"#!/bin/sh\n" + pack, "form.empty"), (_zipped, "form.packed"),
    (_foreign, "form.lacks"), (_twice, "form.twice"), (_bomb, "form.packed"), (_huge, "form.zip"), (_linked, "form.name"),
    *[(_named(name), "form.name") for name in ("/etc/passwd", "../x", "a\\b", "C:/x", "a//b", "x\x01", "./x", "mappings/\u202etxt.x", "mappings/a\u2028b")],
    (_named("PACK.json"), "form.twice"), (lambda pack: altered(pack, "pack.json", lambda told: {**told, "format": "guantong-pack/3"}), "form.foreign"),
    (lambda pack: repacked({**contents(pack), "pack.json": b"["}), "form.json"),
    (lambda pack: repacked({**contents(pack), "proof.json": b"[" * 100_000}), "form.json"),
    (lambda pack: repacked({name: body for name, body in contents(pack).items() if name != "consistency.json"}), "form.lacks"),
]
"""Each with what is said of it."""


def _line(told: Any, **change: Any) -> None:
    entry = json.loads(told["entries"][2]["content"])
    for at, value in change.items():
        entry[int(at[1:])] = value
    told["entries"][2]["content"] = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _shown(told: Any) -> Any:
    """The first value that is shown."""
    groups = (group for group in told["shown"][0]["record"]["groups"] if isinstance(group, dict))
    return next(one for group in groups for one in group["fields"] if isinstance(one, dict))


FORGERIES: list[tuple[str, Callable[[Any], Any], list[tuple[str, str, str]]]] = [
    ("proof.json", lambda told: _line(told, _10="李工"), [("entries", "fails", "entries.bad"), ("journal", "fails", "journal.differs")]),
    ("proof.json", lambda told: told["entries"].pop(2), [("journal", "fails", "journal.differs"), ("chain", "fails", "chain.gap")]),
    ("proof.json", lambda told: told["entries"].append(told["entries"][0]), [("entries", "fails", "entries.twice")]),
    ("proof.json", lambda told: told["entries"].append({}), [("entries", "fails", "entries.form")]),
    ("proof.json", lambda told: {**told, "hash": "sm3"}, [("checkpoint", "fails", "checkpoint.hash")]),
    ("proof.json", lambda told: {**told, "checkpoint": told["checkpoint"].replace("hash", "hush")}, [("checkpoint", "fails", "checkpoint.bad")]),
    ("proof.json", lambda told: {**told, "entries": "none"}, [("form", "fails", "form.json")]),
    ("consistency.json", lambda told: told["earlier"][0]["path"].pop(), [("consistency", "fails", "consistency.bad")]),
    ("consistency.json", lambda told: told["earlier"].append(7), [("consistency", "fails", "consistency.bad")]),
    ("records.json", lambda told: told["records"].pop(0), [("bytes", "open", "bytes.lacks")]),
    ("records.json", lambda told: told["records"][0].update(salt="00" * 16), [("bytes", "fails", "bytes.differs")]),
    ("records.json", lambda told: told["records"][0].update(of="M9"), [("bytes", "fails", "bytes.entry")]),
    ("records.json", lambda told: told["records"][0].update(entry=True), [("bytes", "fails", "bytes.entry")]),
    ("records.json", lambda told: told["records"][0].pop("committed"), [("bytes", "open", "bytes.lacks")]),
    ("records.json", lambda told: told["records"].__setitem__(0, {"of": "M1", "why": "pruned"}), [("bytes", "open", "bytes.lacks")]),
    ("pack.json", lambda told: {**told, "masked": True}, [("bytes", "fails", "bytes.more")]),
    ("records.json", lambda told: told["records"][0].update(committed="records/M2-committed.txt"), [("bytes", "fails", "bytes.differs")]),
    ("fields.json", lambda told: _shown(told).update(text='["title","另一个"]'), [("fields", "fails", "fields.bad")]),
    ("fields.json", lambda told: _shown(told).update(text='["title"'), [("fields", "fails", "fields.bad")]),
    ("fields.json", lambda told: _shown(told).update(text=[_shown(told)["text"]]), [("fields", "fails", "fields.bad")]),
    ("proof.json", lambda told: told["entries"][2].update(content=[told["entries"][2]["content"]]), [("entries", "fails", "entries.form")]),
    ("fields.json", lambda told: _shown(told).update(salt="00"), [("fields", "fails", "fields.bad")]),
    ("fields.json", lambda told: told["shown"][0].update(of="M9"), [("fields", "fails", "fields.bad")]),
    ("fields.json", lambda told: told["shown"][0].update(record=7), [("fields", "fails", "fields.bad")]),
    ("fields.json", lambda told: told["shown"].append("x"), [("form", "fails", "form.json")]),
    ("pack.json", lambda told: {**told, "cases": [2]}, [("chain", "fails", "chain.heads")]),
    ("pack.json", lambda told: {**told, "cases": "all"}, [("form", "fails", "form.json")]),
    ("pack.json", lambda told: {**told, "cases": []}, [("chain", "open", "chain.untold")]),
]
"""Which file, what is done to it, and which claims fail first."""


def _without_a_line(files: dict[str, bytes]) -> dict[str, bytes]:
    """A delivery that the forger does not like, taken out wherever it stands; and the pack names no case, so that nobody looks whether
    its lines follow one another."""
    told = [json.loads(line) for line in files["journal.jsonl"].splitlines()]
    gone = next(one for one in told if one["what"] == "confirmed")
    left = [one for one in told if one is not gone]
    rows = [[one[name] for name in COLUMNS] for one in left]
    proof, records = json.loads(files["proof.json"]), json.loads(files["records.json"])
    proof["entries"] = [one for one in proof["entries"] if json.loads(one["content"])[2] != gone["entry"]]
    records["records"] = [one for one in records["records"] if one["of"] != f"D{gone['delivery']}"]
    kept = {name: body for name, body in files.items() if not name.startswith(f"records/D{gone['delivery']}-")}
    return {**kept, "proof.json": json.dumps(proof).encode(), "records.json": json.dumps(records).encode(),
            "pack.json": json.dumps({**json.loads(files["pack.json"]), "cases": []}).encode(), "journal.csv": as_csv(rows).encode(),
            "journal.jsonl": b"".join(as_line(row, one["leaf"]) + b"\n" for row, one in zip(rows, left, strict=True))}


def _beside(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {**files, name: b"made up"}


def _listed(files: dict[str, bytes], change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    return {**files, "journal.jsonl": change(files["journal.jsonl"])}


FORGED_FILES: list[tuple[Callable[[dict[str, bytes]], dict[str, bytes]], tuple[str, str, str]]] = [
    (_without_a_line, ("chain", "open", "chain.untold")),
    *[(partial(_beside, name=name), ("manifest", "fails", "manifest.foreign"))
      for name in ("Records/M99-received.json", "records./M99-received.json", "收发报文/M1.txt", "电子数据提取笔录(正本).docx", "more.txt", "readme.TXT2")],
    *[(partial(_listed, change=change), ("journal", "fails", "journal.form")) for change in (
        lambda text: text + b'{"entry":1,"what":"withdrawn"}', lambda text: text + b"\x00",
        lambda text: text.replace(b',"leaf"', b',"remark":"withdrawn","leaf"', 1), lambda text: text.replace(b'"what"', b'"what":"refused","what"', 1),
        lambda text: text.replace(b"\n", b"\r\n"), lambda text: text.replace(b'{"entry"', b'{ "entry"', 1))],
]
"""What is done to the files of a pack, and which claim is not proved first."""
