"""Problem codes of the verbs of supervision."""

from __future__ import annotations

from guantong.problems import Code

NO_SUPERVISION = Code(
    "GT870", "nothing is watched here: there is no config/supervision.yaml", "未启用电子监察：没有 config/supervision.yaml",
    "copy the starter's supervision.yaml into config/ and start the hub anew", "请将起步配置的 supervision.yaml 复制到 config/ 并重启中枢",
)
NOT_WATCHED = Code(
    "GT871", "nothing is known of a case {case!r}", "没有办件 {case!r}",
    "give any number of the case, in any system, or C… as lists show it", "请给出该办件在任一系统的流水号，或列表中的 C… 编号",
)
NO_SUCH_WARNING = Code(
    "GT872", "there is no warning {no!r}", "没有编号为 {no!r} 的预警或红黄牌",
    "give the number of a warning, or of a case: `guantong alerts list --all`",
    "请给出监察编号或办件流水号；可用 `guantong alerts list --all` 查看",
)
