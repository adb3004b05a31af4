"""A home with a case that has an attachment, another that was merged, checkpoints outside, and packs of them."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.cli.desk import Desk
from tests.journey.attachments import FILES, PDF, material
from tests.journey.home import FILES as PLAIN
from tests.journey.world import Clock, step, world
from tests.proof.evidence import KEY, PRIVATE, signed
from typer.testing import Result

from guantong.journey.correlate import merge
from guantong.operations import Act
from guantong.pack.checking import check_pack
from guantong.pack.claim import Claim
from guantong.proof.signingkey import write_private

COUNTY, OUTSIDE, HUB = "east.approval", "outside/checkpoints", "config/guantong.yaml"
PERSON, OPINION = "陈示例", "该同志符合条件"
WHY = ("--unmask", "--why", "行政复议调取", "--as", "陈工")
_DAY = (1980, 1, 1, 0, 0, 0)


class Office(NamedTuple):
    """The command line on the home in *folder*."""

    folder: Path

    def guantong(self, *words: str) -> Result:
        """Run `guantong WORDS` on it."""
        return Desk.anywhere(*words, "--home", str(self.folder))

    def export(self, case: str, *words: str, name: str = "pack.zip") -> Path:
        """A pack of a case."""
        made = self.folder / name
        done = self.guantong("audit", "export", case, "--to", str(made), *(words or WHY))
        assert done.exit_code == 0, done.output
        return made

    @property
    def outside(self) -> str:
        """What lies outside."""
        return (self.folder / OUTSIDE).read_text(encoding="utf-8")


def lived(folder: Path, hash_name: str = "sha256") -> Office:
    """P1: a step with a person's words and an attachment; P2 and P3, which become one case; all of it signed, twice."""
    files = {**FILES, HUB: PLAIN[HUB] + f"audit: {{hash: {hash_name}, anchors: [{OUTSIDE}]}}\n"}

    async def live() -> None:
        async with world(folder, clock=Clock(), files=files) as it:
            await it.tell(COUNTY, step("1", "P1", opinion=OPINION))
            await it.quiet()
            await signed(it.engine)
            await it.tell(COUNTY, material(PDF, name=PERSON))
            for number in ("P2", "P3"):
                await it.tell(COUNTY, step("1", number))
            await it.quiet()
            (older,), (younger,) = (it.reader.subjects_by_number(one) for one in ("P2", "P3"))
            await it.engine.store.write(lambda tx: merge(tx, older, younger, it.engine, it.clock.now))
            await it.tell(COUNTY, step("2", "P3"))
            await it.quiet()
            await signed(it.engine)

    asyncio.run(live())
    write_private(folder / "var/keys/audit.key", PRIVATE)
    return Office(folder)


def waited(folder: Path) -> Office:
    """P1, whose only record was parked, and replayed when its mapping was mended; nothing tells the first of its lines from those of others
    but the number of the record."""
    files = {HUB: PLAIN[HUB] + f"audit: {{anchors: [{OUTSIDE}]}}\n"}

    async def live() -> None:
        async with world(folder, clock=Clock(), files=files) as it:
            await it.tell(COUNTY, {"type": "step", "no": "P1", "title": "t", "stage": "7"})
            await it.tell(COUNTY, {"type": "step", "no": "P9", "title": "t", "stage": "7"})  # somebody else's, which waits on
        mapping = folder / "mappings/plain/case.step.yaml"
        mapping.write_text(mapping.read_text(encoding="utf-8").replace("step.code: code", "step.code: [code, stage]"), encoding="utf-8")
        async with world(folder, clock=Clock()) as it:
            await it.act(Act.REPLAY, "M1", why="列名已补")
            await it.quiet()
            await signed(it.engine)

    asyncio.run(live())
    write_private(folder / "var/keys/audit.key", PRIVATE)
    return Office(folder)


def checked(pack: bytes, outside: str = "", key: str | None = None, exported: str = "") -> dict[str, Claim]:
    """What came of each claim."""
    found = check_pack(io.BytesIO(pack), KEY.verifier.text if key is None else key, outside, exported)
    for one in found:
        assert one.said(0)
        assert one.said(1)
    return {one.name: one for one in found}


def wrong(pack: bytes, outside: str = "", key: str | None = None) -> list[tuple[str, str, str]]:
    """The claims that were not proved: name, verdict, what is said of it."""
    return [(name, one.verdict, one.key) for name, one in checked(pack, outside, key).items()
            if one.verdict not in ("ok", "none") and one.key != "unchecked"]


def contents(pack: bytes) -> dict[str, bytes]:
    """The files of a pack."""
    with zipfile.ZipFile(io.BytesIO(pack)) as read:
        return {name: read.read(name) for name in read.namelist()}


def repacked(files: Mapping[str, bytes], *, told: bool = True) -> bytes:
    """A pack of these files, whose manifest fits them again where that is *told*: what a forger would hand over."""
    files = dict(files)
    if told:
        import hashlib

        listed = [{"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
                  for name, body in files.items() if name != "manifest.json"]
        files["manifest.json"] = json.dumps({"format": "guantong-manifest/1", "files": listed}).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for name, body in files.items():
            info = zipfile.ZipInfo(name, _DAY)
            info.external_attr = 0o100600 << 16
            written.writestr(info, body)
    return made.getvalue()


def altered(pack: bytes, name: str, change: Callable[[Any], Any]) -> bytes:
    """The same pack with a JSON file of it changed, the manifest made to fit."""
    files = contents(pack)
    told = json.loads(files[name])
    changed = change(told)
    whole = changed if isinstance(changed, dict) and told.keys() <= changed.keys() else told
    files[name] = json.dumps(whole, ensure_ascii=False).encode()
    return repacked(files)


