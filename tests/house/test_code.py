"""House rules for code that no linter holds."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LONGEST = 500
MEDIAN = 150
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "stuff", "tools"}
SWITCH_OFF = re.compile(r"#\s*(noqa|type:\s*ignore|pragma|ruff:|pylint|mypy:)(?P<rest>.*)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")


def _product(paths: Mapping[Path, object]) -> list[Path]:
    return [path for path in paths if path.parts[0] in ("core", "adapters", "plugins")]


def test_no_module_is_long(modules: Mapping[Path, ast.Module], root: Path) -> None:
    """A module holds one idea: none over 500 lines, half of them under 150."""
    lengths = {path: len((root / path).read_text(encoding="utf-8").splitlines()) for path in modules}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
    assert statistics.median(lengths[path] for path in _product(modules)) <= MEDIAN


def test_no_code_of_a_problem_takes_the_name_of_another(modules: Mapping[Path, ast.Module]) -> None:
    """The second would be told wherever the first is meant."""
    taken = []
    for path in _product(modules):
        names = [target.id for node in modules[path].body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
                 and ast.unparse(node.value.func) == "Code" for target in node.targets if isinstance(target, ast.Name)]
        taken += [f"{path} {name}" for name in sorted(set(names)) if names.count(name) > 1]
    assert taken == []


def test_no_module_is_a_drawer(modules: Mapping[Path, ast.Module]) -> None:
    """A module is named for what it holds."""
    assert [str(path) for path in modules if DRAWERS & {part.removesuffix(".py") for part in path.parts}] == []


def test_every_module_says_what_it_is(modules: Mapping[Path, ast.Module]) -> None:
    """Every module that holds anything opens with a docstring."""
    silent = [str(path) for path, tree in modules.items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def _explained_elsewhere(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A hook's implementation is explained by the hook, a test by its name."""
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    return node.name.startswith(("_", "test_")) or "hookimpl" in decorators


def test_every_public_class_and_function_says_what_it_is(modules: Mapping[Path, ast.Module]) -> None:
    """What another module may call has a docstring."""
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path in _product(modules)
        for node in modules[path].body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not _explained_elsewhere(node) and not ast.get_docstring(node)
    ]
    assert silent == []


def test_what_could_not_be_sent_is_said_in_chinese_too(modules: Mapping[Path, ast.Module]) -> None:
    """Clerks read why: every end of ours that is no reply says it in both languages."""
    silent = [
        f"{path}:{node.lineno}"
        for path in _product(modules)
        for node in ast.walk(modules[path])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("NotSent", "Unsure", "Oversized")
        and len(node.args) < 2 and not any(isinstance(one, ast.Starred) for one in node.args)
    ]
    assert silent == []


def test_every_rule_switched_off_has_its_reason(texts: Mapping[Path, str]) -> None:
    """A `noqa` or `type: ignore` names its code and, on the same line, why."""
    bare = []
    for path, text in texts.items():
        if path.suffix != ".py":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            found = SWITCH_OFF.search(line)
            if found and not line.strip().startswith("SWITCH_OFF"):
                reason = re.sub(r"^[\s:]*(\[[\w, -]+\]|[A-Z]+\d+[,\s]*)*[\s#:(]*", "", found["rest"])
                if len(reason.split()) < 2:
                    bare.append(f"{path}:{number}")
    assert bare == []


def test_nothing_is_unfinished(texts: Mapping[Path, str]) -> None:
    """No marker of unfinished work and no unwritten method."""
    marked = [
        f"{path}:{number}"
        for path, text in texts.items() if path.suffix in (".py", ".yaml", ".toml") and path.name != "test_code.py"
        for number, line in enumerate(text.splitlines(), 1) if UNFINISHED.search(line)
    ]
    assert marked == []


def _does_nothing(statement: ast.stmt, lines: Sequence[str]) -> bool:
    if isinstance(statement, ast.Pass):
        return "#" not in lines[statement.lineno - 1]
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_no_error_is_swallowed(modules: Mapping[Path, ast.Module], texts: Mapping[Path, str]) -> None:
    """An exception is answered, translated or let through; a handler that only passes says why on its line."""
    swallowed = [
        f"{path}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and all(_does_nothing(statement, texts[path].splitlines()) for statement in node.body)
    ]
    assert swallowed == []


def _forgets(node: ast.AST) -> Iterator[int]:
    """Lines that name `asyncio.wait_for`, or import it."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and ast.unparse(each) in ("asyncio.wait_for", "asyncio.tasks.wait_for"):
            yield each.lineno
        if isinstance(each, ast.ImportFrom) and each.module in ("asyncio", "asyncio.tasks"):
            yield from (name.lineno for name in each.names if name.name == "wait_for")


def test_no_time_limit_forgets_a_cancellation(modules: Mapping[Path, ast.Module]) -> None:
    """`asyncio.timeout`, never `asyncio.wait_for`, which in Python 3.11 forgets a cancellation that meets an answer."""
    assert list(_forgets(ast.parse("import asyncio\nfrom asyncio import wait_for\nasyncio.wait_for(1, 2)"))) == [2, 3]
    assert [f"{path}:{line}" for path in _product(modules) for line in _forgets(modules[path])] == []


def _sleeps(node: ast.AST, asking: bool = False) -> Iterator[int]:
    """Lines that sleep otherwise than between two looks at a condition; `sleep(0)` only yields."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "sleep":
        yields_only = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if not yields_only and not asking:
            yield node.lineno
    for inner in ast.iter_child_nodes(node):
        yield from _sleeps(inner, asking or isinstance(node, ast.While))


def test_no_test_sleeps(modules: Mapping[Path, ast.Module]) -> None:
    """A test waits for a condition, never for a time."""
    tests = ((path, tree) for path, tree in modules.items() if path.name.startswith("test_"))
    assert [f"{path}:{line}" for path, tree in tests for line in _sleeps(tree)] == []


def test_every_test_states_its_promise(modules: Mapping[Path, ast.Module]) -> None:
    """A test's docstring, or a name of several words, says what is promised."""
    vague = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules.items() if path.name.startswith("test_")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        and not ast.get_docstring(node) and len(node.name.split("_")) < 4
    ]
    assert vague == []


def test_nothing_names_somebodys_machine(texts: Mapping[Path, str], root: Path) -> None:
    """No path of a home or of this checkout, and no private key, stands in a file."""
    personal = re.compile(
        r"/home/[a-z]|/Users/[A-Za-z]|/root/|[A-Z]:\\\\?Users|BEGIN [A-Z ]*PRIVATE KEY|" + re.escape(f"{root.parent}/")
    )
    found = [
        f"{path}:{number}"
        for path, text in texts.items() if path.name != "test_code.py"
        for number, line in enumerate(text.splitlines(), 1) if personal.search(line)
    ]
    assert found == []
