"""Problem codes of the process adapter."""

from __future__ import annotations

from guantong.problems import Code

NO_COMMAND = Code(
    "GT484", "there is no program {name!r}: neither below the home folder nor on the PATH",
    "找不到程序 {name!r}：主目录下和 PATH 中都没有",
    "install it, or write its path from the home folder", "请安装该程序，或写出相对主目录的路径",
)
CANNOT = Code(
    "GT485", "the process says it cannot {missing}, which `can:` asks of it", "适配器进程声明不支持 {missing}，而 `can:` 要求支持",
    "take it out of `can:`, or build it into the process", "请从 `can:` 中去掉，或在进程中实现",
)
