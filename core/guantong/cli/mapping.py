"""`guantong mapping`: the verbs for those who write and judge mappings. Each is a module of its own."""

from __future__ import annotations

import typer

from guantong.cli.mapping_coverage import coverage
from guantong.cli.mapping_diff import diff
from guantong.cli.mapping_draft import draft
from guantong.cli.mapping_excel import from_excel, to_excel
from guantong.cli.mapping_prove import prove
from guantong.cli.mapping_schema import schema
from guantong.cli.mapping_show import show
from guantong.cli.mapping_suggest import suggest_rules
from guantong.cli.mapping_versions import versions

mapping = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
mapping.command("show")(show)
mapping.command("coverage")(coverage)
mapping.command("prove")(prove)
mapping.command("draft")(draft)
mapping.command("to-excel")(to_excel)
mapping.command("from-excel")(from_excel)
mapping.command("schema")(schema)
mapping.command("diff")(diff)
mapping.command("versions")(versions)
mapping.command("suggest")(suggest_rules)


@mapping.callback()
def _read_only() -> None:
    """Tools for those who write and judge mappings (字段映射的工具：覆盖、证明、对照表、草稿、版本比较).

    They read mappings/ and the files named, where they are asked to the stored records: no running hub, no secrets.
    """
