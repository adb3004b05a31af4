"""Exporting: a case becomes a pack. Reads, and writes one file; whoever calls journals it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guantong import __version__
from guantong.blobs.keeping import Blobs
from guantong.clock import shown
from guantong.config.configuration import Configuration
from guantong.mapping.kept import Kept
from guantong.pack.assembled import verify_html, verify_py
from guantong.pack.case import Case
from guantong.pack.checking import PACK
from guantong.pack.extraction import Extraction, paper
from guantong.pack.fields import fields
from guantong.pack.history import journal
from guantong.pack.parts import Part, of_bytes, of_json, of_text
from guantong.pack.readme import readme
from guantong.pack.records import Records
from guantong.pack.stamped import stamped
from guantong.pack.values import Told
from guantong.pack.writing import write
from guantong.store import Reader
from guantong.vault import Vault

_METHOD = ("由政务服务交换枢纽的导出程序从其存储中只读提取，未改动原数据；同时给出默克尔树（RFC 6962）包含证明和签名检查点，"
           "任何人可用包内或另行取得的核验程序独立核验。")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants a case, when, why, and how: `masked` without personal values, `attached` with attachments."""

    actor: str
    reason: str
    at: int
    masked: bool
    attached: bool


@dataclass(slots=True)
class Pack:
    """A pack that was looked up and not yet written. `name` is what people call the case; `parts` are all its files but the documents; `left` says in both languages what is
    not in it, or not proved; `differs` counts records that are recomputed otherwise than they were kept."""

    asked: Asked
    case: Case
    name: str
    parts: list[Part]
    left: list[str]
    records: list[Mapping[str, Any]]
    differs: int

    def write(self, path: Path, shows: Callable[[int], None] = lambda _done: None) -> str:
        """Write it; its SHA-256. Raises `ProblemsError`, `OSError`, and what reading bodies raises."""
        kinds = ["sha256", *(["sm3"] if self.case.said.hash == "sm3" else [])]
        front = of_text("README.txt", "请先阅读", "read this first", readme(
            self.name, shown(self.asked.at), self.asked.actor, masked=self.asked.masked, parts=self.parts, left=self.left))
        return write(path, kinds, [front, *self.parts], lambda listed: paper(self._extraction(listed), listed), shows)

    def _extraction(self, listed: Sequence[Mapping[str, Any]]) -> Extraction:
        case, said, asked = self.case, self.case.said, self.asked
        there = sum("committed" in one for one in self.records)
        return Extraction(
            self.name, asked.reason, asked.actor, shown(asked.at),
            [("办件", self.name), ("交换日志", f"{len(case.lines)} 条，其中 {len(case.sealed)} 条可由签名检查点证明"),
             ("收发报文", "脱敏导出，不含原文" if asked.masked else f"{there} 份含原文和校验所需的盐值，共 {len(self.records)} 份"),
             ("日志名称", said.origin), ("检查点", f"{said.size} 条，{said.hash} 树根 {said.root.hex()}"), ("检查点时间", shown(said.at) if said.at else "未载明"),
             ("文件数", f"{len(listed)}（另有本笔录、清单和 manifest.json）")],
            [_METHOD, f"程序：Guantong（贯通）{__version__}；命令：guantong audit export {case.ident}{'' if asked.masked else ' --unmask'}"],
            [f"{shown(asked.at)} 由 {asked.actor} 执行导出；导出行为记入交换日志。", "导出程序在写入每个文件时计算校验值，写入清单 manifest.json。",
             *self.left])


def planned(case: Case, asked: Asked, reader: Reader, vault: Vault, blobs: Blobs, configuration: Configuration, kept: Kept) -> Pack:
    """All that goes into a pack of *case*. Raises `VaultError` where the keys do not fit at all, and `OSError`
    where a time stamp cannot be read."""
    records = Records(case, reader, vault, blobs, asked.masked, asked.attached)
    records.look()
    told = Told(case, reader, vault, configuration, kept, not asked.masked)
    lineage = told.lineage()
    parts = [
        of_json("pack.json", "本包的说明", "what this is", _about(case, asked)),
        *journal(case), records.index(), *records.parts, *records.attachments.values(), told.events(),
        fields(case, reader, vault, configuration.model, masked=asked.masked), *lineage, *told.mappings(),
        of_json("proof.json", "各条日志的证明（同 guantong audit proof）", "the proofs, as guantong audit proof prints them", case.proof),
        of_json("consistency.json", "此前各检查点及其一致性证明", "earlier checkpoints, and that the log contains them", {"earlier": case.earlier}),
        of_bytes("checkpoint.txt", "签名检查点", "the signed checkpoint", str(case.proof["checkpoint"]).encode()),
        *stamped(case, configuration),
        of_bytes("public-key.txt", "签名公钥（请与另行取得的对照）", "the public key; hold it against one you got elsewhere", f"{case.proof['key']}\n".encode()),
        of_bytes("verify.py", "独立核验程序", "the stand-alone verifier", verify_py().encode()),
        of_bytes("verify.html", "核验网页（离线可用）", "the verifier as a page, for use offline", verify_html().encode()),
    ]
    return Pack(asked, case, _name(case, configuration), parts, _left(case, asked, records, told), records.told, told.differs)


def _name(case: Case, configuration: Configuration) -> str:
    """A case by its serials, as the model calls them in Chinese."""
    labels = {one.kind: configuration.model.field(f"serial.{one.kind}") for one in case.serials}
    told = [f"{label.label_zh if (label := labels[one.kind]) is not None else one.kind} {one.number}" for one in case.serials]
    return f"{case.ident}  {'、'.join(told)}".strip()


def _about(case: Case, asked: Asked) -> dict[str, Any]:
    return {
        "format": PACK, "cases": list(case.subjects), "masked": asked.masked, "exported_at": asked.at, "exported_by": asked.actor,
        "reason": asked.reason, "program": f"guantong {__version__}", "log": case.said.origin, "hash": case.said.hash, "size": case.said.size,
        "serials": [{"kind": one.kind, "system": one.scope, "number": one.number} for one in case.serials],
        "lines": len(case.lines), "not_proved_yet": list(case.late),
    }


def _left(case: Case, asked: Asked, records: Records, told: Told) -> list[str]:
    """What a reader has to know is not there, in both languages."""
    left = []
    if asked.masked:
        left.append("脱敏导出：不含报文原文、附件及其盐值 · masked: records and attachments are left out, and their salts")
    if case.late:
        left.append(f"{len(case.late)} 条日志晚于检查点，尚未证明 · {len(case.late)} lines are newer than the checkpoint and not proved yet: "
                    + ", ".join(f"E{one}" for one in case.late[:20]))
    for one in records.told:
        if not asked.masked and "why" in one:
            left.append(f"{one['of']}：{_WHY.get(str(one['why']), str(one['why']))} · {one['of']}: {one['why']}")
        elif one.get("attachments_missing"):
            left.append(f"{one['of']}：附件未列入 {len(one['attachments_missing'])} 个 · {one['of']}: attachments are left out")
        if one.get("also_tells_of"):
            left.append(f"{one['of']} 同时涉及其他办件 {', '.join(one['also_tells_of'])} · {one['of']} tells of other cases, too")
    if told.unreadable:
        idents = ", ".join(dict.fromkeys(told.unreadable))
        left.append(f"内容或附件已不在，或无法解密（密钥不符？），无法重新计算：{idents} · bodies or attachments are gone, or do not open "
                    f"(another key?), not recomputable: {idents}")
    if told.absent:
        named = ", ".join(told.absent)
        left.append(f"字段映射版本 {named} 的文件不在 var/mappings 中，未列入 · the files of the mapping versions {named} are not in var/mappings: left out")
    left += list(dict.fromkeys(f"无法重新计算：{one.message('zh')} · not recomputable: {one.message('en')}" for one in told.problems))[:50]
    return left


_WHY = {"pruned": "内容已清除", "never sent": "尚未发出", "does not open": "无法解密", "masked": "已脱敏",
        "not in the checkpoint yet": "承诺尚未进入检查点"}
