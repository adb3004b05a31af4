"""What can be wrong when an evidence pack is made."""

from __future__ import annotations

from guantong.problems import Code

FILE_THERE = Code(
    "GT968", "{file} is there already and was not changed", "{file} 已存在，未改动", "name another file with --to", "请用 --to 另指定文件名",
)
NOT_WRITTEN = Code(
    "GT969", "the pack could not be written: {what}", "取证包写入失败：{what_zh}", "name a folder with room that may be written to", "请指定可写且空间足够的位置",
)
TOO_LARGE = Code(
    "GT983", "the pack would be larger than {most}", "取证包将超过 {most}", "leave attachments out with --no-attachments", "请用 --no-attachments 不含附件导出",
)
NO_SUCH_CHECKPOINT = Code(
    "GT984", "there is no checkpoint of {size} entries", "没有 {size} 条时的检查点", "the sizes stand in the files of checkpoints, on the second line of each",
    "条数见检查点文件中各检查点的第二行",
)
NO_CHECKPOINT_YET = Code(
    "GT985", "nothing of this case is in a signed checkpoint yet, so nothing of it can be proved", "该办件尚无任何条目进入已签名的检查点，无从证明",
    "the hub signs by itself, as audit.checkpoint says; with the hub stopped: guantong audit checkpoint --now",
    "中枢按 audit.checkpoint 自行签名；中枢停止时可执行 guantong audit checkpoint --now",
)
