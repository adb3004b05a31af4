"""The extraction record (电子数据提取笔录 and 提取固定清单): what was taken, when, how, its hashes, and places to sign.

Its headings are those that 法发〔2016〕22号, article 14, asks for (案由、对象、内容、时间、地点、方法、过程; a list with kind, format and checksums;
who extracts, who holds the data, a witness), as 公通字〔2018〕41号 works them out. What only people know is left for them to write.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from guantong.pack.parts import Part, of_bytes, of_text

RECORD, LIST = "电子数据提取笔录", "电子数据提取固定清单"
_DAY = (1980, 1, 1, 0, 0, 0)
_BLANK = "＿" * 12
_KINDS = {"csv": "表格", "json": "数据", "jsonl": "数据", "txt": "文本", "xml": "报文", "yaml": "字段映射", "py": "核验程序", "html": "核验网页", "docx": "文书"}


@dataclass(frozen=True, slots=True)
class Extraction:
    """What is known of one extraction. `facts` are told in both documents; `method` and `course` are paragraphs."""

    case: str
    reason: str
    actor: str
    at: str
    facts: Sequence[tuple[str, str]]
    method: Sequence[str]
    course: Sequence[str]


def paper(found: Extraction, listed: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Both documents as plain text and, where the library is there, as Word documents; *listed* are the files of the pack."""
    rows = [(str(number), one["name"], _kind(one["name"]), str(one["bytes"]), one["sha256"], *([one["sm3"]] if "sm3" in one else []))
            for number, one in enumerate(listed, 1)]
    made = [of_text(f"{RECORD}.txt", RECORD, "extraction record", _record_text(found)),
            of_text(f"{LIST}.txt", LIST, "list of what was extracted", _list_text(found, rows))]
    if find_spec("docx") is None:
        return made
    return [of_bytes(f"{RECORD}.docx", f"{RECORD}（可打印签名）", "extraction record, to be signed", _record_docx(found)),
            of_bytes(f"{LIST}.docx", f"{LIST}（可打印签名）", "list of what was extracted, to be signed", _list_docx(found, rows)), *made]


def _sections(found: Extraction) -> list[tuple[str, Sequence[str]]]:
    return [
        ("案由、事由和目的", [f"导出时填写的原因：{found.reason}" if found.reason else f"（由提取人填写）{_BLANK}"]),
        ("提取对象和内容", [f"{name}：{value}" for name, value in found.facts]),
        ("提取时间", [f"系统时间 {found.at}（北京时间，取自服务器时钟）", f"与标准时间的误差：{_BLANK}"]),
        ("提取地点", [_BLANK]),
        ("提取所用设备、系统信息", [f"服务器名称、型号、序列号：{_BLANK}", f"存储位置、保管人：{_BLANK}",
                                    "原始存储介质不能扣押的原因：政务服务交换枢纽持续运行，扣押将中断政务服务（如不适用请划去）"]),
        ("提取方法", found.method),
        ("提取过程", [*found.course, f"其他需要说明的情况：{_BLANK}"]),
        ("完整性校验值", ["各文件的校验值见所附《电子数据提取固定清单》；取证包整体的 SHA-256 由导出程序显示，并记入枢纽的交换日志，请抄录：",
                          f"SHA-256：{_BLANK}{_BLANK}"]),
    ]


_SIGNS = ("提取人（侦查、调查人员）", "提取人（侦查、调查人员）", "电子数据持有人（提供人）", "见证人")
_REFUSED = "电子数据持有人（提供人）无法签名或者拒绝签名的，在此注明："


def _record_text(found: Extraction) -> str:
    lines = [RECORD, "", f"办件：{found.case}", f"导出操作人：{found.actor}", ""]
    for number, (title, said) in enumerate(_sections(found), 1):
        lines += [f"{number}. {title}", *(f"   {one}" for one in said), ""]
    lines += [f"{len(_sections(found)) + 1}. 签名", *(f"   {one}：{_BLANK}　　　年　　月　　日" for one in _SIGNS), f"   {_REFUSED}{_BLANK}"]
    return "\n".join(lines) + "\n"


def _list_text(found: Extraction, rows: Sequence[Sequence[str]]) -> str:
    lines = [LIST, "", f"办件：{found.case}", f"提取时间：{found.at}", ""]
    for row in rows:
        lines += [f"{row[0]}. {row[1]}", f"   类别 {row[2]}  大小 {row[3]} 字节", f"   SHA-256 {row[4]}", *(f"   SM3     {one}" for one in row[5:])]
    lines += ["", *(f"{one}：{_BLANK}　　　年　　月　　日" for one in _SIGNS)]
    return "\n".join(lines) + "\n"


def _record_docx(found: Extraction) -> bytes:
    from guantong.paper.document import Document  # the library loads only for who wants paper

    made = Document(RECORD, found.case.partition(" ")[0], [("办件", found.case), ("提取时间", found.at), ("导出操作人", found.actor)], found.at[:10])
    for title, said in _sections(found):
        made.heading(title)
        if title == "提取对象和内容":
            made.facts(list(found.facts))
        else:
            for one in said:
                made.text(one)
    made.heading("签名")
    _signed(made)
    made.text(f"{_REFUSED}{_BLANK}")
    return _settled(made.bytes())


def _list_docx(found: Extraction, rows: Sequence[Sequence[str]]) -> bytes:
    from guantong.paper.document import Document  # the library loads only for who wants paper

    made = Document(LIST, found.case.partition(" ")[0], [("办件", found.case), ("提取时间", found.at), ("文件数", str(len(rows)))], found.at[:10])
    made.heading("清单")
    made.text("以下文件存于同一取证包（ZIP）中，均未压缩。类别和格式按文件名后缀，校验值由导出程序在写入时计算。")
    made.table(("序号", "文件名", "类别", "字节", "完整性校验值"), [
        (row[0], row[1], row[2], row[3], "\n".join(f"{kind} {one}" for kind, one in zip(("SHA-256", "SM3"), row[4:], strict=False))) for row in rows
    ], (1.1, 4.2, 1.8, 1.5, 7.4))
    made.heading("签名")
    _signed(made)
    return _settled(made.bytes())


def _signed(made: Any) -> None:
    made.table(("身份", "单位、职务", "签名", "日期"), [(one, "\n", "\n", "　　年　月　日") for one in _SIGNS], (5, 4.5, 3.7, 2.8))


def _kind(name: str) -> str:
    ending = name.rpartition(".")[2]
    return f"{_KINDS.get(ending, '附件')}（{ending}）"


def _settled(docx: bytes) -> bytes:
    """The same document, whose files bear no time of day."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as read, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for info in read.infolist():
            fresh = zipfile.ZipInfo(info.filename, _DAY)
            fresh.compress_type, fresh.create_system = zipfile.ZIP_DEFLATED, 3
            written.writestr(fresh, read.read(info))
    return made.getvalue()
