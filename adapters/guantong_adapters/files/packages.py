"""The packages of the simulated county, as its own people write and read them: Package{Head, Body} in GB18030.

Written down from the interface's description, apart from the product's codecs: the other side has its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from lxml import etree

from guantong_adapters.simulation.guangdong import WITHDRAWN, columns, element, table_of
from guantong_adapters.simulation.story import Act

CHARSET = "GB18030"
TITLES = {
    "case.application": "申办", "case.pre_acceptance": "预受理", "case.acceptance": "受理", "case.step": "审批",
    "case.pause": "特别程序申请", "case.resumption": "特别程序结果", "case.correction_notice": "补正告知",
    "case.correction": "补正受理", "case.material": "材料", "case.finish": "办结", "case.collection": "领取登记", "alert.reply": "整改回复",
}
APPLICATIONS, CARDS = "EX_GDBS_SB", "EX_GDBS_YJXX"
TAKEN = {APPLICATIONS: (), CARDS: ("JCBH",), WITHDRAWN: ("JCBH",)}
"""The tables it takes, and what tells two of their records about one case apart."""
_OWN_TABLES = {"EX_GDBS_BJGZ": "EX_GDBS_BZGZ"}
_OWN_SPELLING = {"BZGZFCRXM": "BJGZFCRXM", "BZGZYY": "BJGZYY", "ZGQK": "ZGNR"}
"""What this system calls otherwise than the standard."""


class Malformed(Exception):
    """The file is not a package."""


def write_package(acts: Sequence[Act], sender: str, number: int) -> bytes:
    """The package of *acts*, one record each."""
    records = "".join(_record(act) for act in acts)
    head = f"<SENDER>{sender}</SENDER><NUMBER>{number}</NUMBER><COUNT>{len(acts)}</COUNT>"
    start = f'<?xml version="1.0" encoding="{CHARSET}"?>'
    return f"{start}\n<Package><Head>{head}</Head><Body>{records}</Body></Package>\n".encode(CHARSET)


def read_package(body: bytes) -> list[tuple[str, dict[str, str | None]]]:
    """The table and the row of every record; a list of materials as JSON. Raises `Malformed`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Malformed("不是格式良好的 XML") from error
    records = root.find("Body")
    count = root.findtext("Head/COUNT")
    if root.tag != "Package" or records is None or count != str(len(records)):
        raise Malformed("数据包不完整")
    return [(str(each.tag), {str(field.tag): _value(field) for field in each}) for each in records]


def _record(act: Act) -> str:
    table = _OWN_TABLES.get(table_of(act), table_of(act))
    row = {_OWN_SPELLING.get(name, name): value for name, value in columns(act).items()}
    fields = "".join(element(name, value) for name, value in row.items())
    return f"<{table}>{fields}</{table}>"


def _value(field: etree._Element) -> str | None:
    if not len(field):
        return field.text
    return orjson.dumps([{str(part.tag): part.text for part in each} for each in field.findall("CL")]).decode()
