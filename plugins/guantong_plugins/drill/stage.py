"""The scratch home of a drill: the files beside this module, with the addresses of the far ends and the store written in."""

from __future__ import annotations

import shutil
from pathlib import Path
from string import Template
from typing import Any

import orjson

TOKEN = "GUANTONG_DRILL_TOKEN"  # noqa: S105 -- the name of a variable, not a token
SYSTEM_IDS = ("drill.caller", "drill.dropper", "drill.repeats", "drill.asked")
HERE = Path(__file__).with_name("home")


def set_stage(folder: Path, url: str, store: dict[str, Any], dropped: Path | None = None, *, tickets: dict[str, Any] | None = None) -> Path:
    """The home below *folder*, its targets at *url*, its state in *store* (the keys of `store:`), its workers told by *tickets* (those
    of `tickets:`); files come from *dropped*, if no other folder is named from one below *folder*."""
    home = folder / "home"
    shutil.copytree(HERE, home)
    dropped = dropped or folder / "dropped"
    (dropped / "in").mkdir(parents=True, exist_ok=True)
    place = home / "config/drill.yaml"
    place.write_text(Template(place.read_text(encoding="utf-8")).substitute(url=url, dropped=dropped), encoding="utf-8")
    hub = home / "config/guantong.yaml"
    # JSON is YAML; the store's keys are the user's.
    told = {"store": store, **({"tickets": tickets} if tickets else {})}
    lines = [f"{key}: {orjson.dumps(keys).decode()}\n" for key, keys in told.items()]
    hub.write_text(hub.read_text(encoding="utf-8") + "".join(lines), encoding="utf-8")
    return home
