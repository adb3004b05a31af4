"""Time stamps that a pack brings: the authority's answers, and the checkpoint each is over, as `openssl ts -verify` wants them."""

from __future__ import annotations

from collections.abc import Iterable

from guantong.config.configuration import Configuration
from guantong.pack.case import Case
from guantong.pack.parts import Part, of_bytes
from guantong.proof.checkpoint import parsed
from guantong.proof.note import opened
from guantong.proof.stamps import answers, folders, imprints, name_of

FOLDER = "stamps/"


def stamped(case: Case, configuration: Configuration) -> list[Part]:
    """Files of the time stamps over the pack's checkpoint, and over earlier ones that it is shown to contain. Raises `OSError`."""
    notes = imprints(_notes(case))
    found: dict[str, Part] = {}
    for _, data in answers(one for one in folders(configuration) if one.is_dir()):
        note = next((note for digest, note in notes.items() if digest in data), None)  # an answer holds the digest as it is
        said = parsed(text[0]) if note is not None and (text := opened(note)) is not None else None
        if note is not None and said is not None:
            name, plain = f"{FOLDER}{name_of(said.size, data)}", f"{FOLDER}{said.size}-checkpoint.txt"
            found[plain] = of_bytes(plain, f"检查点（{said.size} 条），时间戳所盖的内容", f"the checkpoint of {said.size} entries that was stamped", note.encode())
            found[name] = of_bytes(name, f"检查点（{said.size} 条）的时间戳（RFC 3161）", f"a time stamp of the checkpoint of {said.size} entries (RFC 3161)", data)
    return [found[name] for name in sorted(found)]


def _notes(case: Case) -> Iterable[str]:
    yield str(case.proof["checkpoint"])
    yield from (str(one["checkpoint"]) for one in case.earlier)
