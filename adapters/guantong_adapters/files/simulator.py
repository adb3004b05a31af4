"""A simulated county whose approval system exchanges packages in files, as an old one does on its FTP folder.

It reads `in` (only with a marker), makes the effect, and says in `back` what it thinks of the file: `.ok`, or
`.err` with the reason in GBK. Then the case runs: each further act is a record in a package in `out`, with its
marker. An attachment whose path the act tells lies in `files`, whole before its record comes, but for a bad habit. What the hub
has put away into `archive` or `error` counts as pushed.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from guantong_adapters.files.packages import (
    APPLICATIONS,
    CARDS,
    TAKEN,
    TITLES,
    Malformed,
    read_package,
    write_package,
)
from guantong_adapters.files.play import CountyFilesSettings
from guantong_adapters.simulation.county import SimulatedCounty
from guantong_adapters.simulation.process import serve
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.story import Act

REJECTION = "经核查，申请人提交的材料与申办事项不符"
_MARKER = ".ok"
_SERIOUS = frozenset({"2", "3"})
"""The levels of warnings that want an answer: yellow and red."""


class CountyFiles(SimulatedCounty):
    """One county, with its folder of exchange."""

    def __init__(self, settings: CountyFilesSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._settings = settings
        self._drop = settings.drop or folder / "drop"
        for name in ("in", "out", "back", "done", "files"):
            (self._drop / name).mkdir(parents=True, exist_ok=True)
        self._waiting: list[tuple[Act, asyncio.Future[None]]] = []
        self._answering: list[tuple[str, dict[str, str | None], bool]] = []
        self._written = 0
        self._put_away = 0

    @property
    def drop(self) -> Path:
        return self._drop

    async def load(self) -> None:
        """Read the stories."""
        await self.cases.load(self._settings.stories, self._settings.county, lambda act: act)

    async def push(self) -> None:
        """Hand acts over until cancelled."""
        await self.cases.pusher.run()

    async def work(self) -> None:
        """The program: look into the folders again and again until cancelled."""
        while True:
            await self._read_once()
            await self._write_once()
            if self._put_away < self._written:
                self._put_away = await asyncio.to_thread(self._count_put_away)
            await asyncio.sleep(self._settings.read_every)

    def status(self) -> dict[str, object]:
        """Counts; `pushed` are the records in files the hub has put away, `to_push` those still to be."""
        pushing = self.cases.pusher.status()
        open_files = self._written - self._put_away
        return {
            "received": 0, "dropped_replies": 0, **self.ledger.counts(), **pushing,
            "files": self._written, "put_away": self._put_away,
            "to_push": pushing["to_push"] + open_files, "done": self.cases.done and open_files == 0,
        }

    def close(self) -> None:
        self.ledger.close()

    async def _read_once(self) -> None:
        """Take every file in `in` that has its marker."""
        for marker in sorted((self._drop / "in").glob(f"*.xml{_MARKER}")):
            if not await self.faults.lets_in(self.ledger):
                continue
            await asyncio.to_thread(self._take, marker)
            while self._answering:
                number, who, serious = self._answering.pop()
                self.cases.answer(number, who, serious=serious)

    def _take(self, marker: Path) -> None:
        file = marker.with_name(marker.name.removesuffix(_MARKER))
        try:
            records = read_package(file.read_bytes())
        except FileNotFoundError:
            return  # the marker of a file that is being replaced
        except Malformed as error:
            self._say(file, str(error))
        else:
            rejected = [serial for table, row in records if (serial := self._effect(table, row))]
            self._say(file, REJECTION if rejected else "")
        file.replace(self._drop / "done" / file.name)
        marker.unlink(missing_ok=True)

    def _effect(self, table: str, row: dict[str, str | None]) -> str:
        """Let one record take effect; its serial when it is rejected later, else nothing."""
        serial = row.get("SBLSH") or ""
        more = tuple(row.get(column) or "" for column in TAKEN.get(table, ()))
        if table not in TAKEN or not serial or not all(more):
            self.ledger.rejected(table, (serial,), "只接收带申办流水号的申办信息和预警")
            return serial or "?"
        outcome = self.ledger.effect(table, (serial, *more), row, row.get("SJBBH") or "1")
        if table != APPLICATIONS:
            if outcome == "new" and table == CARDS:
                who = {"serial.province": serial, "serial.county": row.get("YWLSH")}
                self._answering.append((more[0], who, row.get("YJJB") in _SERIOUS))
            return ""
        if self.faults.rejects_receipt(serial):
            self.ledger.note("receipts_rejected")
            return serial
        self.cases.own_serial(serial, lambda: f"HL{self.ledger.next_serial('own'):08d}")
        self.cases.go_on(self.cases.knows(serial))
        return ""

    def _say(self, file: Path, reason: str) -> None:
        """Write the status file, whole under its name."""
        name = f"{file.name}{'.err' if reason else '.ok'}"
        draft = self._drop / "back" / f"{name}.tmp"
        draft.write_bytes(reason.encode("gbk"))
        draft.replace(self._drop / "back" / name)

    async def _post(self, item: Item) -> Ack:
        """Hand one act over with the next package, and wait until that is written."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item.payload, done))
        await done
        return Ack.TAKEN

    async def _write_once(self) -> None:
        """Write what waits: packages of so many records, acts of one case never in the same."""
        while self._waiting:
            part, self._waiting = self._waiting[:self._settings.records], self._waiting[self._settings.records:]
            await self._write([act for act, _ in part])
            for _, done in part:
                if not done.done():
                    done.set_result(None)

    async def _write(self, acts: Sequence[Act]) -> None:
        """Write one package, with the county's habits of getting it wrong first."""
        faults, number = self._settings.faults, self.ledger.next_serial("file")
        scans = [_scan(act, self._drop / "files") for act in acts if "attachment.path" in act.facts]
        late = [scan for scan in scans if _every(faults.scan_late_every, self.ledger.next_serial("scan"))]
        for path, content in scans:
            half = (path, content) in late
            await asyncio.to_thread(_lay, path, content[: len(content) // 2] if half else content, marker=not half)
        body = write_package([_referring(act) for act in acts], "惠来县", number)
        name = f"{number:08d}_{TITLES[acts[0].event] if self._settings.gbk_names else acts[0].event}.xml"
        if _every(faults.half_written_every, number):
            await self._put(name, body[: len(body) // 2], marker=False)
            await asyncio.sleep(self._settings.read_every)
        if _every(faults.vanish_every, number):
            await self._put(name, body, marker=False)
            await asyncio.to_thread(os.unlink, self._path(name))
        if _every(faults.wrong_charset_every, number):
            wrong = body.decode("GB18030").encode("utf-8")
            await self._put(f"{number:08d}_0.xml", wrong, marker=True)
        await self._put(name, body, marker=True)
        if _every(faults.twice_every, number):
            await self._put(f"{number:08d}_2.xml", body, marker=True)
        for path, content in late:
            await asyncio.to_thread(_lay, path, content)

    async def _put(self, name: str, body: bytes, *, marker: bool) -> None:
        """Write a file in `out`, and when it is whole its marker."""

        def write() -> None:
            with open(self._path(name), "wb") as file:
                file.write(body)
            if marker:
                with open(self._path(name + _MARKER), "wb"):
                    pass

        await asyncio.to_thread(write)
        self._written += marker

    def _path(self, name: str) -> bytes:
        """The path of a file in `out`: its name in the county's old charset."""
        return os.path.join(os.fsencode(self._drop / "out"), name.encode("gbk"))

    def _count_put_away(self) -> int:
        places = [os.fsencode(self._drop / name) for name in ("archive", "error")]
        return sum(
            name.endswith(b".xml") for place in places for _, _, names in os.walk(place) for name in names
        )


def _scan(act: Act, folder: Path) -> tuple[bytes, bytes]:
    """Where the attachment of *act* lies, its name in the county's old charset, and what it is."""
    path = os.path.join(os.fsencode(folder), act.facts["attachment.path"].encode("gbk"))
    return path, base64.b64decode(act.facts["attachment.body"])


def _lay(path: bytes, content: bytes, *, marker: bool = True) -> None:
    """Write a file, and when it is whole its marker."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    if marker:
        with open(path + _MARKER.encode(), "wb"):
            pass


def _referring(act: Act) -> Act:
    """*act* as its record tells it: without a content that lies in a file."""
    if "attachment.path" not in act.facts:
        return act
    return replace(act, facts={name: value for name, value in act.facts.items() if name != "attachment.body"})


def _every(interval: int, number: int) -> bool:
    return interval > 0 and number % interval == 0


async def run(settings: CountyFilesSettings, folder: Path) -> None:
    """Serve the county until cancelled; `ready.json` also names its `drop`."""
    county = CountyFiles(settings, folder)
    try:
        await county.load()
        await serve(
            web.Application(), settings, folder, county.faults, county.status, county.cases.start,
            county.push, county.work, also_ready={"drop": str(county.drop.absolute())},
        )
    finally:
        county.close()
