"""What a case is found by besides its serials: the numbers of its persons, and its windows, as keyed digests.

The store holds no number: whoever has the database and not the keys cannot find out a person by trying every number there is.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from guantong.journey.engine import Engine
from guantong.journey.noting import About
from guantong.journey.translate import Incoming
from guantong.mapping.scalars import identity_holds
from guantong.sites.naming import SITE_FIELDS, WINDOW_FIELD
from guantong.store import Transaction
from guantong.vault import Vault

LONGEST = 100
"""Characters of a number or code that a case is found by; a longer one is none."""
_CARD, _OLD_CARD = 18, 15  # digits of an identity card


def person_mark(vault: Vault, number: str) -> bytes:
    """What a person's certificate *number* is looked up by, however it was written: the 18 digits of an identity card (GB 11643)
    and the 15 of an old one are one person's."""
    plain = _plain(number)
    if len(plain) == _CARD and plain[:17].isdigit() and plain[6:8] == "19":
        plain = plain[:6] + plain[8:17]
    return vault.digest(f"lookup\x1fperson\x1f{plain}".encode())


def is_of_a_person(number: str) -> bool:
    """Whether *number* is, by its day of birth and check character, an identity card's (GB 11643, 18 digits or the old 15)."""
    plain = _plain(number)
    if len(plain) != _OLD_CARD:
        return identity_holds(plain)
    try:
        return plain.isdigit() and bool(date.fromisoformat(f"19{plain[6:12]}"))
    except ValueError:
        return False


def window_mark(vault: Vault, code: str) -> bytes:
    """What a window's *code* is looked up by; `SITE/CODE`, where codes are those of a site."""
    return vault.digest(f"lookup\x1fwindow\x1f{_plain(code)}".encode())


def note_lookups(engine: Engine, tx: Transaction, about: About, event: Incoming) -> None:
    """Let the case of *event* be found by whom it names, and by its window."""
    values, vault = event.values, engine.vault
    numbers = [str(values[path]) for path in engine.configuration.model.identities if values.get(path)]
    marks = [person_mark(vault, number) for number in dict.fromkeys(numbers) if len(number) <= LONGEST]
    window = str(values.get(WINDOW_FIELD) or "")
    if 0 < len(window) <= LONGEST:
        site = next((str(values[path]) for path in SITE_FIELDS if values.get(path)), "")
        marks += [window_mark(vault, code) for code in (window, f"{site}/{window}" if site else "") if 0 < len(code) <= LONGEST]
    if marks:
        tx.find_by(marks, about.subject, about.at)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()
