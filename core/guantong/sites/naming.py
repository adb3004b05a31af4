"""Which site an event names: by its window, its site or its hall, else the one where its source stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from guantong.sites.tree import Tree

SITE_FIELDS = ("site.code", "hall.code")
WINDOW_FIELD = "window.code"


class Named(NamedTuple):
    """The key of the site or window in the tree ("": none known), and the code that was named in vain ("": none)."""

    key: str
    unknown: str = ""


def named(tree: Tree, values: Mapping[str, Any], otherwise: str = "") -> Named | None:
    """The site that an event of these canonical *values* names; one that names none happened at *otherwise*. None
    where nothing tells."""
    window = str(values.get(WINDOW_FIELD) or "")
    codes = [str(values[field]) for field in SITE_FIELDS if values.get(field)]
    base = next((code for code in codes if code in tree.sites), "")
    if codes and not base:
        return Named("", codes[0])
    base = base or (otherwise if otherwise in tree.sites else "")
    if window:
        found = _window(tree, window, base)
        return Named(found) if found else Named(base, window)
    if base:
        return Named(base)
    return Named("", otherwise) if otherwise else None


def _window(tree: Tree, code: str, base: str) -> str:
    """The key of the window *code* of the hall *base*; without a hall, of the only one that has it. Some systems
    write a hall's own code there."""
    key = f"{base}/{code}"
    if key in tree.sites:
        return key
    alike = tree.windows(code)
    if not base and len(alike) == 1:
        return alike[0].key
    return code if code in tree.sites and base in ("", code) else ""
