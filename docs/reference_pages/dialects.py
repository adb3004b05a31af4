"""dialects.md: the shipped dialects, what each can carry, and which of its code tables are configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guantong.mapping import Dialect, load_dialects
from guantong.model import load_model
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.starter import starter
from guantong.yamlfile import Table, Text, read_yaml
from reference_pages.model import anchor
from reference_pages.text import code, page, table

CONFIGURED = "配置"
"""How the `source:` of a table begins whose values nobody publishes."""


def _dialects() -> Mapping[str, Dialect]:
    folder = starter("mappings")
    model, problems = load_model(folder / "canonical")
    plugged = registry()
    dialects, more = load_dialects(folder, model, plugged.codecs, plugged.functions)
    if problems or more:
        raise ProblemsError([*problems, *more])
    return dialects


def _kinds(dialect: Dialect) -> Iterator[tuple[str, str, str, str]]:
    """Each mapping: its event, the records it is read from, the record it is written as, what narrows it."""
    for plan in sorted(dialect.plans.values(), key=lambda one: one.mapping.name):
        mapping = plan.mapping
        read = ", ".join(code(kind) for kind in mapping.kinds_in)
        written = code(mapping.kind_out)
        narrowed = [f"{'/'.join(at)}: {', '.join(sorted(words))}" for at, words in mapping.match]
        narrowed += [f"{one.source}: {', '.join(sorted(one.words))}" for one in mapping.when]
        events = " + ".join(f"[{event}](model.md#{anchor(event)})" for event in mapping.events)
        if mapping.join is not None:
            narrowed.append(f"one record 合并, on {', '.join(mapping.join.on) or 'the case'}, {mapping.join.emit}")
        yield events, read, written, "; ".join(narrowed)


def _facts(dialect: Dialect) -> Iterator[tuple[str, str, str]]:
    """The facts its system must give, as `$system.…` names them: what each is, and the events that are written with it."""
    for name in sorted({fact for event in dialect.events_out() for fact in dialect.facts_read(event)}):
        fact = dialect.facts[name]
        written = [event for event in sorted(dialect.events_out()) if name in dialect.facts_read(event)]
        yield code(name), f"{fact.zh} · {fact.en}", ", ".join(code(event) for event in written)


def _configured(dialect: Dialect) -> Iterator[tuple[str, str, str]]:
    """The tables of its folder whose values are configuration."""
    for file in sorted((dialect.folder / "codes").glob("*.yaml")):
        node, _ = read_yaml(file)
        source = node.get("source") if isinstance(node, Table) else None
        title = node.get("title") if isinstance(node, Table) else None
        if isinstance(source, Text) and CONFIGURED in source.value and isinstance(title, Table):
            labels = [one.value for one in (title.get("zh"), title.get("en")) if isinstance(one, Text)]
            yield code(file.stem), " · ".join(labels), source.value


def _section(dialect: Dialect) -> str:
    extends = f" Extends [{dialect.extends}](#{anchor(dialect.extends)})." if dialect.extends else ""
    parts = [
        f"## {dialect.name}",
        f"{dialect.title_zh} · {dialect.title_en}.{extends} Versions: {dialect.versioning}.",
        table(("event 过程信息", "read from 收", "written as 发", "only where 条件"), _kinds(dialect)),
    ]
    facts = table(("fact 参数", "含义 · what it is", "written in 用于"), _facts(dialect))
    if facts:
        parts += ["Facts of its system (`facts:`) · 接入系统在 `facts:` 中给出:", facts]
    tables = table(("code table 代码表", "名称 · name", "出处 · source"), _configured(dialect))
    if tables:
        parts += ["Configuration, to be replaced before going live · 配置，上线前须整张覆盖:", tables]
    return "\n\n".join(parts)


def dialects_page() -> str:
    """Every shipped dialect."""
    dialects = _dialects()
    listing = (
        (f"[{name}](#{anchor(name)})", dialect.title_zh, dialect.title_en, len(dialect.events_in()),
         len(dialect.events_out()))
        for name, dialect in dialects.items()
    )
    return page(
        "Shipped dialects 随产品提供的数据规范",
        "Which events each dialect reads and writes, and as which records. What a dialect cannot carry, and why, stands "
        "at the head of its `dialect.yaml` and of the mapping it concerns.\n\n"
        "各数据规范能收、能发哪些过程信息。不能承载的及其原因，写在 `dialect.yaml` 和有关映射文件的开头。",
        table(("dialect", "中文", "English", "events in 收", "events out 发"), listing),
        *(_section(dialect) for dialect in dialects.values()),
    )
