"""The simulated online hall (网上办事大厅): takes process information by SOAP and by REST, pushes applications by REST.

POST /services/DataExchange, `setDataXmlToFocus(deptCode, xml, tableName, identify)`: it answers with a line of text.
POST /exchange/v1/records?table=…, JSON signed with x-tif-*: it answers with JSON. However it comes, it drops duplicates (serial, table, version, sequence or time), and mints the uniform serial of an
application that comes with the county's own only. `faults.lose_reply` lists `TABLE:SERIAL` or `SERIAL`,
the serial being the uniform one or the county's.
"""

from __future__ import annotations

import hmac
import re
from pathlib import Path

from aiohttp import web
from lxml import etree

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.guangdong import TABLES, key_columns
from guantong_adapters.simulation.ledger import Ledger, read_effects
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.soap.simulators.hall_rest import Records
from guantong_adapters.soap.simulators.hall_said import BUSY, MALFORMED, STRANGER, Said
from guantong_adapters.soap.simulators.portal import Portal
from guantong_adapters.soap.simulators.settings import HallSettings
from guantong_adapters.soap.simulators.wire import Call, Malformed, answer, fault, read_call, read_xml

PATH = "/services/DataExchange"
RECORDS = "/exchange/v1/records"
_ARGUMENTS = ("arg0", "arg1", "arg2", "arg3")
_LONGEST = {"SPRXM": 200, "BLRXM": 200, "SPYJ": 2000}
"""Bytes in GBK of the hall's columns; nothing is cut, what is longer is refused."""


class Hall:
    """The receiving side, with its ledger."""

    def __init__(self, settings: HallSettings, folder: Path) -> None:
        self._settings = settings
        self.faults = Faults(settings.faults)
        path = folder / "ledger.db"
        self.ledger = Ledger(path)
        self._minted = {
            effect.fields["YWLSH"]: effect.fields["SBLSH"]
            for effect in read_effects(path)
            if effect.kind == "EX_GDBS_SB" and effect.fields.get("YWLSH") and effect.fields.get("SBLSH")
        }

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        self.ledger.note("received")
        try:
            call = await read_call(request)
        except Malformed as error:
            self.ledger.note("refused")
            return fault(str(error))
        if call.operation != "setDataXmlToFocus" or tuple(call.arguments) != _ARGUMENTS:
            self.ledger.note("refused")
            return fault("setDataXmlToFocus(arg0, arg1, arg2, arg3) expected")
        if arrival().busy:
            self.ledger.note("busy")
            return self._say(call, BUSY)
        said = self._called(call)
        return cut(request) if said is None else self._say(call, said)

    def _called(self, call: Call) -> Said | None:
        dept_code, document, table, identify = (call.arguments[name] for name in _ARGUMENTS)
        if not self._known(dept_code, identify):
            return self.refuse(table, (), STRANGER)
        try:
            row = _row(document, table)
        except Malformed:
            return self.refuse(table, (), MALFORMED)
        return self.take(table, row)

    def take(self, table: str, row: dict[str, str | None]) -> Said | None:
        """Let a row take effect, unless it is refused. None when the answer about it is to be lost."""
        key = (row.get("SBLSH") or row.get("YWLSH") or "",)
        too_long = next((name for name, most in _LONGEST.items() if _gbk_length(row.get(name)) > most), None)
        if row.get("SXBM") in self._settings.unknown_items:
            return self.refuse(table, key, Said("2", "事项不存在"))
        if too_long is not None:
            return self.refuse(table, key, Said("3", f"字段超长 {too_long}"))
        if not row.get("SBLSH") and not (table == "EX_GDBS_SB" and row.get("YWLSH")):
            return self.refuse(table, key, Said("6", "缺少申办流水号"))
        return self._effect(table, row)

    def _effect(self, table: str, row: dict[str, str | None]) -> Said | None:
        minted = not row.get("SBLSH")
        if minted:
            row["SBLSH"] = self._serial(row)
        serial = row["SBLSH"] or ""
        key = (serial, *(row.get(name) or "" for name in key_columns(table)))
        outcome = self.ledger.effect(table, key, row, row.get("SJBBH") or "1")
        known_as = [name for name in (serial, row.get("YWLSH")) if name]
        if any(self.faults.loses_reply(f"{table}:{name}") or self.faults.loses_reply(name) for name in known_as):
            self.ledger.note("dropped_replies")
            return None
        code, words = ("0", "接收成功") if outcome == "new" else ("1", "办件已存在")
        return Said(code, words, serial if minted else "")

    def _serial(self, row: dict[str, str | None]) -> str:
        """The uniform serial of an application known by the county's: the same each time it comes."""
        county = row["YWLSH"] or ""
        if county not in self._minted:
            item = (row.get("SXBM") or "").ljust(18, "0")
            opening = f"{item[:18]}1{_day(row.get('SBSJ') or '')}"
            number = self._settings.first_serial - 1 + self.ledger.next_serial(opening)
            self._minted[county] = f"{opening}{number:04d}"
        return self._minted[county] or ""

    def _known(self, dept_code: str, identify: str) -> bool:
        expected = self._settings.secret("dept_code"), self._settings.secret("identify")
        given = dept_code, identify
        return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(expected, given, strict=True))

    def refuse(self, table: str, key: tuple[str, ...], said: Said) -> Said:
        """Keep that a record was refused for good."""
        self.ledger.note("refused")
        self.ledger.rejected(table, key, said.line())
        return said

    def _say(self, call: Call, said: Said) -> web.Response:
        return answer(call, self._settings.namespace, said.line())


def _row(document: str, table: str) -> dict[str, str | None]:
    """The fields of an ExInfo document for *table*. Raises `Malformed`."""
    info = read_xml(document).find("standardInfo")
    if info is None or info.get("process") != table or table not in TABLES.values():
        raise Malformed("not an ExInfo document of this table")
    row: dict[str, str | None] = {}
    for field in info.findall("Field"):
        name = field.get("FieldName")
        if not name or name in row:
            raise Malformed("a field without a name, or twice")
        row[name] = field.text if not len(field) else etree.tostring(field[0], encoding="unicode")
    return row


def _day(time: str) -> str:
    """`yyMMdd` of a time, padded or not; zeros without one."""
    found = re.match(r"\d\d(\d\d)-?(\d\d?)-?(\d\d?)", time)
    return "".join(part.zfill(2) for part in found.groups()) if found else "000000"


def _gbk_length(value: str | None) -> int:
    return len((value or "").encode("gb18030"))


async def run_hall(settings: HallSettings, folder: Path) -> None:
    """Serve both sides of the hall until cancelled."""
    hall = Hall(settings, folder)
    portal = Portal(settings)
    records = Records(hall.ledger, hall, settings)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post(PATH, hall.receive)
    app.router.add_post(RECORDS, records.receive)
    try:
        await serve(
            app, settings, folder, hall.faults,
            lambda: _status(hall.ledger, portal), portal.start, portal.run, service=PATH,
        )
    finally:
        hall.ledger.close()


def _status(ledger: Ledger, portal: Portal) -> dict[str, object]:
    return {"received": 0, "dropped_replies": 0, **ledger.counts(), **portal.status()}
