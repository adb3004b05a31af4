"""The plugin surface: complete, documented, found through the door a third party uses."""

from __future__ import annotations

import inspect
import re
import string
import tomllib
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from guantong import hookspecs
from guantong.plugins import build_registry, hookimpl, registry
from guantong.problems import Code, all_codes

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("register_"))
SPEC_KINDS = ("adapters", "blob_stores", "ticket_queues", "signers", "ciphers", "simulators", "codecs", "functions")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook: str, root: Path) -> None:
    """A hook has a docstring, and the developers' guide says how to implement it."""
    assert inspect.getdoc(getattr(hookspecs, hook))
    assert f"`{hook}" in (root / "docs/guides/adapter-developers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_built_in_user(hook: str) -> None:
    """A door nobody goes through is not kept open."""
    assert getattr(registry().manager.hook, hook).get_hookimpls()


def test_every_entry_point_of_ours_is_a_module(root: Path) -> None:
    """pyproject.toml names no plugin that cannot be imported."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, module in project["entry-points"]["guantong"].items():
        assert inspect.getdoc(import_module(module)), name


def test_every_plugin_of_ours_is_an_entry_point(root: Path) -> None:
    """A module named plugin.py is found as a third party's would be, or it is never loaded at all."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    written = {
        ".".join(path.relative_to(root / folder).with_suffix("").parts)
        for folder in ("adapters", "plugins") for path in (root / folder).rglob("plugin.py")
    }
    assert written == set(project["entry-points"]["guantong"].values())


def test_a_misspelt_hook_is_refused_by_name() -> None:
    """A plugin that implements a hook that does not exist stops the start."""
    plugin = SimpleNamespace(register_adaptors=hookimpl(lambda: ()))
    with pytest.raises(Exception, match="register_adaptors"):
        build_registry([plugin])


@pytest.mark.parametrize("kind", SPEC_KINDS)
def test_everything_plugged_in_has_its_title_in_both_languages(kind: str) -> None:
    """What a person may meet on a screen is named in English and Chinese."""
    for name, spec in getattr(registry(), kind).items():
        assert spec.title_en.strip(), name
        assert re.search(r"[一-鿿]", spec.title_zh), name


def _placeholders(text: str) -> set[str]:
    """The details a text wants; `what` and `what_zh` are one detail in two languages."""
    return {name.removesuffix("_zh") for _, name, _, _ in string.Formatter().parse(text) if name}


def _codes() -> list[Code]:
    registry()
    return list(all_codes().values())


def test_every_problem_speaks_both_languages_alike() -> None:
    """A code is GT and digits; its Chinese says what its English says, with the same details."""
    for code in _codes():
        assert re.fullmatch(r"GT\d{3,4}", code.id)
        assert re.search(r"[一-鿿]|_zh}", code.zh), code.id
        assert _placeholders(code.en) == _placeholders(code.zh), code.id
        assert _placeholders(code.hint_en) == _placeholders(code.hint_zh), code.id
        assert bool(code.hint_en) == bool(code.hint_zh), code.id
