"""A report as a page for a vendor's browser. Everything that came is escaped; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from guantong.testdoor.report import Report

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """body{font:14px/1.6 sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}
th{background:#eef1f5}.ok{color:#1e6b36}.bad{color:#b01e1e}small{color:#666}code{word-break:break-all}"""


def page(report: Report) -> str:
    """The page."""
    verdict = '<h1 class="ok">通过 · passed</h1>' if report.good else f'<h1 class="bad">{len(report.mistakes)} 处错误 · {len(report.mistakes)} mistakes</h1>'
    events = "、".join(f"{escape(title)} {escape(name)}" for name, title in report.events) or "-"
    mistakes = _table(("位置 place", "错误 what is wrong", "处理 what to do", "代码 code"), (
        (f"<code>{escape(one.path)}</code>", _both(one.message_zh, one.message), _both(one.hint_zh, one.hint), escape(one.code))
        for one in report.mistakes))
    fields = _table(("报文字段 your field", "含义 meaning", "标准字段 our field", "值（已脱敏） value, masked"), (
        (f"<code>{escape(one.source)}</code>", escape(one.label), f"<code>{escape(one.target)}</code>", escape(one.value))
        for one in report.mapped))
    unread = "、".join(f"<code>{escape(path)}</code>" for path in report.unread)
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>测试接口 {escape(report.system)}</title><style>{_STYLE}</style>'
        f"{verdict}<p>测试接口，报文未保存、未转发。<small>Test door: nothing was kept or passed on.</small></p>"
        f"<p>系统 system: {escape(report.system)}　报文类型 kind: {escape('、'.join(report.kinds)) or '-'}　过程信息 events: {events}</p>"
        + ("" if report.good else f"<h2>错误 · Mistakes</h2>{mistakes}")
        + f"<h2>字段对应 · How it was mapped</h2>{fields}"
        + (f"<h2>未读取的字段 · Fields nobody reads</h2><p>{unread}</p>" if unread else "")
    )


def _both(zh: str, en: str) -> str:
    return f"{escape(zh)}<br><small>{escape(en)}</small>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{one}" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}" for row in rows)
    return f"<table><tr>{head}{body}</table>"
