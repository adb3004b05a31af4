"""What ciphers promise: what is sealed opens again, byte for byte; anything else is refused without a hint."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.cipher import Cipher, CipherChoice, CipherRefused
from guantong.scheme import UnfitSecret
from guantong.secret import Secret
from guantong_plugins.ciphers.plugin import register_ciphers

SPECS = {spec.name: spec for spec in register_ciphers()}
# The example of GB/T 32907, appendix A.1: one block under itself as the key.
EXAMPLE = "0123456789ABCDEFFEDCBA9876543210"
SECRETS = {"cipher_key": Secret(EXAMPLE), "cipher_iv": Secret("0" * 32)}
WAYS: list[dict[str, Any]] = [{}, {"written": "hex"}, {"vector": "first"}, {"vector": "first", "written": "hex"}]


def make(secrets: dict[str, Secret] = SECRETS, **options: Any) -> Cipher:
    return SPECS["sm4-cbc"].open(CipherChoice(scheme="sm4-cbc", options=options), secrets)


@pytest.mark.parametrize("options", WAYS)
@given(body=st.binary(max_size=200))
def test_what_is_sealed_opens_again(options: dict[str, Any], body: bytes) -> None:
    """Whatever the bytes, they come back; what goes between is one line of ASCII."""
    sealed = make(**options).seal(body)
    assert sealed.isascii()
    assert len(sealed.split()) == 1
    assert make(**options).open(sealed) == body


def test_a_block_is_sealed_as_the_standard_says() -> None:
    """The first block of GB/T 32907's example, whose vector of zeros changes nothing."""
    sealed = base64.b64decode(make().seal(bytes.fromhex(EXAMPLE)))
    assert sealed[:16].hex().upper() == "681EDF34D206965E86B3E94F536E4246"


def test_lines_broken_on_the_way_do_no_harm() -> None:
    """Base64 that a mail-minded encoder broke at 76 characters opens as well."""
    sealed = make().seal("核准" .encode() * 100)
    broken = b"\r\n".join(sealed[at:at + 76] for at in range(0, len(sealed), 76)) + b"\r\n"
    assert make().open(broken) == "核准".encode() * 100


def test_a_vector_made_anew_hides_that_two_records_are_the_same() -> None:
    """With `vector: first` the same bytes are sealed otherwise each time."""
    cipher = make(vector="first")
    assert cipher.seal(b"same") != cipher.seal(b"same")


@pytest.mark.parametrize("came", [b"", b"not base64!", b"QUJD", base64.b64encode(b"x" * 32), "密文".encode()])
def test_what_is_none_of_its_texts_is_refused_and_nothing_is_told(came: bytes) -> None:
    """The error names neither the key nor what came."""
    with pytest.raises(CipherRefused) as refused:
        make().open(came)
    assert EXAMPLE not in str(refused.value)


@pytest.mark.parametrize(("name", "value"), [("cipher_key", "short"), ("cipher_key", "G" * 32), ("cipher_iv", "密" * 16)])
def test_a_key_of_the_wrong_size_is_named(name: str, value: str) -> None:
    """The secret is named and what it should be; never what it is."""
    spec, choice = SPECS["sm4-cbc"], CipherChoice(scheme="sm4-cbc")
    unfit = spec.unfit(choice, {**SECRETS, name: Secret(value)})
    assert str(unfit) == f"{name}: expected 32 hexadecimal digits or 16 characters of ASCII"


def test_an_agreed_vector_must_be_given() -> None:
    """Without one the settings say `vector: first`, or the secret is missing."""
    spec = SPECS["sm4-cbc"]
    alone = {"cipher_key": SECRETS["cipher_key"]}
    unfit = spec.unfit(CipherChoice(scheme="sm4-cbc"), alone)
    assert isinstance(unfit, UnfitSecret)
    assert unfit.name == "cipher_iv"
    assert spec.unfit(CipherChoice(scheme="sm4-cbc", options={"vector": "first"}), alone) is None


def test_a_key_may_be_sixteen_characters_as_some_vendors_give_it() -> None:
    """`0123456789abcdef` as text is another key than the same digits read as hexadecimal."""
    text = {"cipher_key": Secret("an-invented-key!"), "cipher_iv": Secret("an-invented-iv-!")}
    assert make(text).open(make(text).seal(b"record")) == b"record"
