"""findings.md: every kind of finding, from the registry."""

from __future__ import annotations

from guantong.plugins import registry
from reference_pages.text import code, page, table


def findings_page() -> str:
    """What may be found odd, and what to do about it."""
    kinds = registry().findings.values()
    rows = ((code(one.name) + (" (ordinary 正常)" if one.ordinary else ""), f"{one.title_en} {one.title_zh}",
             f"{one.hint_en} {one.hint_zh}", one.plugin) for one in kinds)
    return page(
        "Findings 疑点",
        "A finding is something odd that was carried all the same: it refuses nothing. It is kept in the transaction of "
        "what it is about, once for each kind, subject and identity, and settled by a person (`guantong findings "
        "settle`) or by itself once its cause is gone. Those that happen every day by right are ordinary: counted, and "
        "listed only with `--ordinary`.\n\n"
        "疑点是照常交换、但值得留意的情形，不拒收任何报文；由人处理，或在原因消除后自动消除。",
        table(("kind 类型", "what is odd 情形", "what to do 怎么办", "from 来自"), rows),
    )
