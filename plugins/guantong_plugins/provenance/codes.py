"""What can be wrong when a case is written in the forms of others."""

from __future__ import annotations

from guantong.problems import Code

NEEDS_PROV = Code(
    "GT980", "PROV-JSON needs the package prov, which is not installed", "PROV-JSON 所需的程序库 prov 未安装",
    "install it: pip install 'guantong[provenance]'", "请安装：pip install 'guantong[provenance]'",
)
NO_VALUES = Code(
    "GT981", "OpenLineage tells which column came from which, and holds no values that could be shown in clear", "OpenLineage 只说明字段来自哪个字段，不含任何值，无须不脱敏",
    "leave --unmask out, or take --format prov-json", "请去掉 --unmask，或用 --format prov-json",
)
