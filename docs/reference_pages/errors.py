"""errors.md: every problem code, from the objects that print it."""

from __future__ import annotations

from guantong.problems import Code, all_codes
from reference_pages.text import page, table


def _entry(problem: Code) -> str:
    rows = [("English", problem.en, problem.hint_en), ("中文", problem.zh, problem.hint_zh)]
    severity = "" if problem.severity == "error" else f"\n\n*{problem.severity}*"
    return f"### {problem.id}{severity}\n\n{table(('', 'what is wrong', 'what to do'), rows)}"


def errors_page() -> str:
    """All codes known once every module of the product is loaded, in order of their numbers."""
    codes = sorted(all_codes().values(), key=lambda problem: (len(problem.id), problem.id))
    listing = table(
        ("code", "English", "中文"),
        ((f"[{problem.id}](#{problem.id.lower()})", problem.en, problem.zh) for problem in codes),
    )
    return page(
        "Problem codes 错误代码",
        "Every problem Guantong reports carries one of these codes, which never changes its meaning. Words in "
        "braces are filled in: a name, a position, a length; never a person's data.\n\n"
        "贯通报告的每个问题都带有固定代码。花括号中的内容在报告时填入（名称、位置、长度），不含个人信息。",
        listing, "## Each code 逐条说明", *(_entry(problem) for problem in codes),
    )
