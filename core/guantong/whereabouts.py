"""Where a home's cases and journal are: another store in their place is refused, and an empty one before it is made.

A hub makes its tables at the first start. Without this, a new `store:` beside a full one, a file on a disk that is not mounted, or
a connection string that leads to another server would begin a second journal without a word; and an older store that is named
again would send what was sent since.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from guantong.config.configuration import StoreChoice
from guantong.durable import sync_folder
from guantong.journey.codes import EMPTY_STORE, GONE_STORE, OTHER_STORE
from guantong.problems import Problem
from guantong.store import StoreRefused, StoreSpec

MARK = Path("var/store")
"""In a home that was begun: the words for its store, one line of text."""


def must_be_the_store(home: Path, choice: StoreChoice, stores: Mapping[str, StoreSpec]) -> None:
    """Raises `StoreRefused` where *home* was begun and the store of its configuration holds nothing, or is not the one it was begun
    in. Makes nothing."""
    said = _remembered(home)
    begun = said or _lying_in(home, stores)
    if begun is None:
        return
    (was, mark), now = begun, named(choice, stores)
    if _is_empty(stores[choice.use], choice.settings, home):
        code = GONE_STORE if was == now else EMPTY_STORE
    elif said is not None and was != now:
        code = OTHER_STORE
    else:
        return
    raise StoreRefused(Problem(code, path="store", details={"now": now, "was": was, "mark": mark}))


def remember(home: Path, choice: StoreChoice, stores: Mapping[str, StoreSpec]) -> None:
    """Keep that *home* is begun, and in which store. Raises `OSError`."""
    place, words = home / MARK, named(choice, stores) + "\n"
    if place.is_file() and place.read_text(encoding="utf-8") == words:
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = place.with_name(f"{place.name}.new")
    half.touch(0o600)
    half.write_text(words, encoding="utf-8")
    half.replace(place)
    sync_folder(place.parent)


def remembered(home: Path) -> str:
    """The store that *home* was begun in, in words; "" where nothing says so."""
    found = _remembered(home)
    return found[0] if found is not None else ""


def named(choice: StoreChoice, stores: Mapping[str, StoreSpec]) -> str:
    """The store of *choice* in words."""
    return _words(stores[choice.use], choice.settings)


def _words(spec: StoreSpec, settings: object) -> str:
    return f"{spec.name} {spec.place(settings)}".strip()


def _remembered(home: Path) -> tuple[str, str] | None:
    """The store in words, and the file that says so."""
    place = home / MARK
    return (place.read_text(encoding="utf-8", errors="replace").strip(), str(MARK)) if place.is_file() else None


def _lying_in(home: Path, stores: Mapping[str, StoreSpec]) -> tuple[str, str] | None:
    """The same where an earlier version began the home and left no mark: a store that needs no settings, where it is by itself."""
    for spec in stores.values():
        try:
            settings = spec.settings()
        except ValidationError:  # it cannot be found without being told where
            continue
        if not _is_empty(spec, settings, home):
            return _words(spec, settings), spec.place(settings)
    return None


def _is_empty(spec: StoreSpec, settings: object, home: Path) -> bool:
    """Whether nothing was ever kept there; one that cannot be read is not known to be empty."""
    try:
        spec.open_reader(settings, home).close()
    except StoreRefused as error:
        return error.empty
    return False
