"""A pack under an SM2 checkpoint: the hub's own verb checks it, the verifiers that are handed out say that they cannot, in one voice."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.pack.office import Office, altered, contents
from tests.pack.test_page import same_verdicts
from tests.proof.evidence import KEY

from guantong.cli.audit_pack import _key
from guantong.pack.checking import check_pack
from guantong.proof.algorithms import SM2
from guantong.proof.note import SigningKey, new_key

pytestmark = pytest.mark.skipif(find_spec("gmssl") is None, reason="needs the extra sm (gmssl)")
OWN = SigningKey(new_key(KEY.verifier.name, SM2))
BOTH = f"{OWN.verifier.text}\n{KEY.verifier.text}\n"


def _signed(note: str) -> str:
    return OWN.sign(note.rpartition("\n\n")[0] + "\n")


def _newest(pack: bytes) -> str:
    return str(json.loads(contents(pack)["proof.json"])["checkpoint"])


def under_sm2(pack: bytes) -> bytes:
    """The pack as it is when the newest checkpoint is signed by SM2, and those before by Ed25519."""
    return altered(pack, "proof.json", lambda told: {**told, "checkpoint": _signed(told["checkpoint"])})


def earlier_by_sm2(pack: bytes) -> bytes:
    """The pack as it is after a change back."""
    def change(told: Any) -> Any:
        return {"earlier": [{**one, "checkpoint": _signed(one["checkpoint"])} for one in told["earlier"]]}

    return altered(pack, "consistency.json", change)


def not_proved(pack: bytes, keys: str, outside: str = "", *, ours: bool = False) -> list[tuple[str, str, str]]:
    found = check_pack(io.BytesIO(pack), keys, outside, "", *((_key,) if ours else ()))
    return [(one.name, one.verdict, one.key) for one in found if one.verdict not in ("ok", "none") and one.key != "unchecked"]


def test_the_hub_s_own_verb_checks_what_sm2_signed(pack: bytes, lived_in: Office) -> None:
    """With both keys; one that did not sign, or a letter changed, fails as ever."""
    changed = under_sm2(pack)
    assert not_proved(changed, BOTH, f"{lived_in.outside}\n{_newest(changed)}", ours=True) == []
    assert not_proved(changed, BOTH, ours=True) == []
    other = SigningKey(new_key(KEY.verifier.name, SM2)).verifier.text
    assert not_proved(changed, other, ours=True) == [("checkpoint", "fails", "checkpoint.bad")]
    forged = altered(changed, "proof.json", lambda told: {**told, "checkpoint": told["checkpoint"].replace("time 2", "time 3")})
    assert not_proved(forged, BOTH, ours=True) == [("checkpoint", "fails", "checkpoint.bad")]


def test_who_cannot_check_sm2_says_so_and_accuses_nobody(pack: bytes) -> None:
    """Of the checkpoint itself, and of one before it; whichever key comes first."""
    for keys in (OWN.verifier.text, BOTH, f"{KEY.verifier.text}\n{OWN.verifier.text}\n"):
        assert not_proved(under_sm2(pack), keys) == [("checkpoint", "open", "checkpoint.kind")]
    assert not_proved(earlier_by_sm2(pack), BOTH) == [("consistency", "open", "consistency.kind")]
    assert not_proved(earlier_by_sm2(pack), BOTH, ours=True) == []


def test_the_page_says_the_same(pack: bytes, lived_in: Office, tmp_path: Path) -> None:
    """Letter for letter, also with checkpoints from outside that only one key signed."""
    by_sm2 = _newest(under_sm2(pack))
    found = same_verdicts(tmp_path, {
        "sm2": (under_sm2(pack), BOTH, lived_in.outside), "alone": (under_sm2(pack), OWN.verifier.text, ""), "earlier": (earlier_by_sm2(pack), BOTH, ""),
        "outside": (pack, BOTH, by_sm2),
    })
    assert {name: one["verdict"] for name, one in found.items()} == dict.fromkeys(found, "open")
    assert [one["says"] for one in found["outside"]["claims"] if one["verdict"] == "open"] == ["outside.apart"]


def test_a_key_that_was_not_given_accuses_nobody(pack: bytes) -> None:
    """Where the signing key was changed, earlier checkpoints are its: without it they are not proved, and nobody rewrote anything."""
    former = SigningKey(new_key(KEY.verifier.name))

    def change(told: Any) -> Any:
        return {"earlier": [{**one, "checkpoint": former.sign(one["checkpoint"].rpartition("\n\n")[0] + "\n")} for one in told["earlier"]]}

    changed = altered(pack, "consistency.json", change)
    assert not_proved(changed, KEY.verifier.text) == [("consistency", "open", "consistency.key")]
    assert not_proved(changed, f"{KEY.verifier.text}\n{former.verifier.text}") == []
