"""Notes signed with SM2: right by the standard's own example, believed by nobody who does not know the key, skipped by who knows Ed25519 alone."""

from __future__ import annotations

import base64
from importlib.util import find_spec

import pytest

from guantong.proof import algorithms, standalone
from guantong.proof.algorithms import SM2
from guantong.proof.note import BadKey, NeedsPackage, SigningKey, VerifierKey, key_hash, new_key, opened
from guantong.sm2 import N

pytestmark = pytest.mark.skipif(find_spec("gmssl") is None, reason="needs the extra sm (gmssl)")
# GB/T 32918.5, appendix A.2: private key, public key, message, r and s.
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
                       "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
SIGNED = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
                       "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
NAME, TEXT = "city.example/guantong", "city.example/guantong\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nhash sm3\n"
MARK = b"\xff1.2.156.10197.1.501"


def line(key: bytes, public: bytes = PUBLIC, start: str = "") -> str:
    """A key as it is written, whatever it is."""
    return f"{start}{NAME}+{key_hash(NAME, MARK + public).hex()}+{base64.b64encode(MARK + key).decode()}"


OWN = SigningKey(line(PRIVATE, start="PRIVATE+KEY+"))


def test_signatures_are_those_of_the_standard() -> None:
    """Its example holds, and no neighbour of it does."""
    assert SM2.public_of(PRIVATE) == PUBLIC
    assert SM2.holds(PUBLIC, SIGNED, b"message digest")
    assert not SM2.holds(PUBLIC, SIGNED, b"message digesu")
    for at in (0, 31, 32, 63):
        assert not SM2.holds(PUBLIC, SIGNED[:at] + bytes([SIGNED[at] ^ 1]) + SIGNED[at + 1:], b"message digest")
    for signature in (b"", SIGNED[:-1], SIGNED + b"\x00", bytes(64), b"\xff" * 64):
        assert not SM2.holds(PUBLIC, signature, b"message digest")


def test_a_note_is_as_c2sp_asks_of_a_kind_it_has_no_byte_for() -> None:
    """0xff and an identifier in front of the key, in its line and in its hash; r and s behind the hash, in the signature."""
    assert OWN.verifier.text == line(PUBLIC)
    text, (signature,) = opened(OWN.sign(TEXT)) or ("", [])
    assert (text, signature.name, signature.key, len(signature.signed)) == (TEXT, NAME, key_hash(NAME, MARK + PUBLIC), 64)
    assert VerifierKey(OWN.verifier.text).holds(text, signature)


def test_what_was_altered_or_another_signed_is_not_ours() -> None:
    """The text, the signature; another key of the same name; the same number claimed for an Ed25519 key."""
    text, (signature,) = opened(OWN.sign(TEXT)) or ("", [])
    assert not OWN.verifier.holds(text.replace("7", "8"), signature)
    assert not OWN.verifier.holds(text, signature._replace(signed=signature.signed[::-1]))
    assert not OWN.verifier.holds(text, signature._replace(signed=b""))
    for other in (SigningKey(new_key(NAME, SM2)), SigningKey(new_key(NAME))):
        assert not other.verifier.holds(text, signature)
        assert not OWN.verifier.holds(text, (opened(other.sign(TEXT)) or ("", []))[1][0])
        assert not other.verifier.holds(text, signature._replace(key=other.verifier.hash))


def test_who_knows_ed25519_alone_skips_it() -> None:
    """A note that both keys signed is believed for the key that is known; by the SM2 key alone it is not checkable, and never verified."""
    other = SigningKey(new_key(NAME))
    both = other.sign(TEXT) + OWN.sign(TEXT).rpartition("\n\n")[2]
    assert standalone.read_checkpoint(both, standalone.read_key(other.verifier.text)).size == 7
    with pytest.raises(standalone.Uncheckable, match="此处无法核验该签名算法（如 SM2）：不能视为通过 · this kind of signature"):
        standalone.read_checkpoint(both, standalone.read_key(OWN.verifier.text))


@pytest.mark.parametrize("private", [bytes(32), b"\xff" * 32, PRIVATE[:-1], PRIVATE + b"\x00", b"", N.to_bytes(32, "big")])
def test_what_is_no_private_key_is_refused(private: bytes) -> None:
    """Nothing, the order of the curve and more, another length."""
    with pytest.raises(BadKey, match="expected an Ed25519 or an SM2 key"):
        SigningKey(line(private, start="PRIVATE+KEY+"))


@pytest.mark.parametrize("public", [bytes(64), PUBLIC[:-1] + b"\x14", PUBLIC[:-1], PUBLIC + b"\x00", b"\xff" * 64, b"\x04" + PUBLIC])
def test_what_is_no_point_of_the_curve_is_refused(public: bytes) -> None:
    """Whatever its hash says."""
    with pytest.raises(BadKey, match="expected an Ed25519 or an SM2 key"):
        VerifierKey(line(public, public))


def test_without_the_package_it_is_said_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home whose key is of SM2 never falls back to another kind."""
    monkeypatch.setattr(algorithms, "find_spec", lambda _name: None)
    for made in (lambda: new_key(NAME, SM2), lambda: SigningKey(line(PRIVATE, start="PRIVATE+KEY+")), lambda: VerifierKey(line(PUBLIC))):
        with pytest.raises(NeedsPackage, match="needs the package gmssl, which is not installed"):
            made()
    assert SigningKey(new_key(NAME)).name == NAME
