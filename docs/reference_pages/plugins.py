"""plugins.md: the hooks, and everything the built-in plugins contribute, from the registry."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from guantong import hookspecs
from guantong.function import FunctionSpec, Parameter
from guantong.plugins import Registry, registry
from guantong.scheme import SchemeSpec
from guantong.signer import SignerSpec
from reference_pages.schema import model_sections
from reference_pages.text import code, page, paragraph, table


def _hooks() -> str:
    found = [(name, hook) for name, hook in vars(hookspecs).items() if name.startswith("register_")]
    rows = [
        (code(f"{name}{inspect.signature(hook)}".replace("'", "")), paragraph(inspect.getdoc(hook) or ""))
        for name, hook in found
    ]
    return table(("hook", "contributes"), rows)


def _adapters(known: Registry) -> Iterator[str]:
    for spec in known.adapters.values():
        secrets = f"\n\nSecrets: {', '.join(code(name) for name in spec.secrets)}" if spec.secrets else ""
        yield f"### {spec.name}\n\n{spec.title_en} · {spec.title_zh}{secrets}"
        yield from model_sections([spec.settings], level=4)


def _stores(known: Registry) -> Iterator[str]:
    for spec in known.stores.values():
        yield f"### {spec.name}"
        yield from model_sections([spec.settings], level=4)


def _blob_stores(known: Registry) -> Iterator[str]:
    for spec in known.blob_stores.values():
        yield f"### {spec.name}\n\n{spec.title_en} · {spec.title_zh}"
        yield from model_sections([spec.settings], level=4)


def _ticket_queues(known: Registry) -> Iterator[str]:
    for spec in known.ticket_queues.values():
        yield f"### {spec.name}\n\n{spec.title_en} · {spec.title_zh}"
        yield from model_sections([spec.settings], level=4)


def _functions(known: Registry) -> Iterator[str]:
    specs = sorted(known.functions.items())
    yield table(("function", "what it does", "can be undone", "examples"), (
        (
            code(name), f"{spec.title_en} · {spec.title_zh}", "yes" if spec.inverse else f"no: {spec.lossy}",
            "<br>".join(_examples(spec)),
        )
        for name, spec in specs
    ))
    yield "### Arguments 参数"
    yield ("Constants stand behind the name, parted by blanks; what holds a blank, or nothing, stands in quotes."
           " 常量写在名称之后，以空格分隔；含空格或为空的加引号。")
    yield table(("call", "argument", "accepts", "default", "meaning"), (
        (code(spec.signature), code(one.name.upper()), _accepted(one), "" if one.default is None else code(repr(one.default)),
         f"{one.en} · {one.zh}")
        for _, spec in specs for one in spec.parameters
    ))


def _examples(spec: FunctionSpec) -> Iterator[str]:
    called = f"{code(spec.call(spec.sample).name.replace(f'@{spec.version}', '', 1))}: " if spec.parameters else ""
    for given, expected in spec.examples:
        yield f"{called}{code(repr(given))} → {code(repr(expected))}"


def _accepted(one: Parameter) -> str:
    if one.choices:
        return ", ".join(code(choice) for choice in one.choices)
    few = str(one.least) if one.least == one.most else f"{one.least} to {one.most}"
    return f"integer, {few}" if one.type == "integer" else f"text, {few} characters"


def _codecs(known: Registry) -> Iterator[str]:
    specs = [spec for _, spec in sorted(known.codecs.items())]
    yield table(("codec", "wire form"), ((code(spec.name), f"{spec.title_en} · {spec.title_zh}") for spec in specs))
    for spec in specs:
        yield f"### {spec.name}\n\n{spec.title_en} · {spec.title_zh}"
        yield from model_sections([spec.options], level=4)


def _schemes(kind: str, known: Mapping[str, SchemeSpec[Any]]) -> Iterator[str]:
    specs = [spec for _, spec in sorted(known.items())]
    rows = [(code(spec.name), f"{spec.title_en} · {spec.title_zh}", spec.standard, _secrets(spec)) for spec in specs]
    yield table((kind, "scheme", "standard", "secrets"), rows)
    for spec in specs:
        if spec.options.model_fields:
            yield f"### Options of {spec.name}"
            yield from model_sections([spec.options], level=4)


def _secrets(spec: SchemeSpec[Any]) -> str:
    groups = [(spec.secrets, ""), (spec.optional, " (optional)")]
    if isinstance(spec, SignerSpec):
        groups[1:1] = [(spec.to_sign, " (to sign)"), (spec.to_verify, " (to verify)")]
    return ", ".join(f"{code(name)}{which}" for names, which in groups for name in names)


def plugins_page() -> str:
    """Everything that is plugged in when only the built-ins are installed."""
    known = registry()
    simulators = ((code(name), f"{spec.title_en} · {spec.title_zh}") for name, spec in sorted(known.simulators.items()))
    return page(
        "Plugins 插件",
        "## Hooks", _hooks(),
        "## Adapters 适配器", *_adapters(known),
        "## Stores 存储", *_stores(known),
        "## Blob stores 附件存储", *_blob_stores(known),
        "## Ticket queues 待办票队列", *_ticket_queues(known),
        "## Codecs 编解码", *_codecs(known),
        "## Value functions 取值函数", *_functions(known),
        "## Signers 签名", *_schemes("signer", known.signers),
        "## Ciphers 加密", *_schemes("cipher", known.ciphers),
        "## Simulators 模拟器", table(("simulator", "behaves like"), simulators),
    )
