"""What the signature schemes promise: what is signed holds, anything else is refused without a hint."""

from __future__ import annotations

import hashlib

import pytest

from guantong.secret import Secret
from guantong.signer import SignatureRefused, Signer
from guantong_plugins.signers.plugin import register_signers
from guantong_plugins.signers.replay import Replays

SPECS = {spec.name: spec for spec in register_signers()}
NOW = 1405391400.0
TOKEN = "an-invented-token-言"
SECRETS = {"token": Secret(TOKEN), "paasid": Secret("app1")}


def make(name: str) -> Signer:
    return SPECS[name].make(SECRETS)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_what_a_signer_signs_it_verifies(name: str) -> None:
    """Another party with the same secrets accepts the signature, also of a body in GB 18030."""
    body = "<field_1>𠮷某</field_1>".encode("gb18030")
    make(name).verify(make(name).sign(body, NOW), body, NOW + 1)


@pytest.mark.parametrize("name", sorted(SPECS))
@pytest.mark.parametrize("given", ["", "wrong", "Bearer wrong", "a" * 5000, "错", "\udcff"])
def test_a_wrong_signature_is_refused_and_nothing_is_told(name: str, given: str) -> None:
    """A missing, wrong, overlong or undecodable value is refused; the text holds no secret and no value."""
    signer = make(name)
    headers = dict.fromkeys(signer.sign(b"x", NOW), given)
    with pytest.raises(SignatureRefused) as refused:
        signer.verify(headers, b"x", NOW)
    assert TOKEN not in str(refused.value)
    assert not given or given not in str(refused.value)
    with pytest.raises(SignatureRefused):
        signer.verify({}, b"x", NOW)


def test_x_tif_signs_as_the_gateway_does() -> None:
    """sha256 over timestamp, token, nonce, timestamp, in lower-case hexadecimal."""
    headers = make("x-tif").sign(b"", NOW)
    text = f"1405391400{TOKEN}{headers['x-tif-nonce']}1405391400"
    assert headers["x-tif-signature"] == hashlib.sha256(text.encode()).hexdigest()
    assert headers["x-tif-paasid"] == "app1"


@pytest.mark.parametrize("changed", ["x-tif-paasid", "x-tif-timestamp", "x-tif-nonce", "x-tif-signature"])
def test_x_tif_refuses_a_change_of_any_header(changed: str) -> None:
    """Every header is under the signature or compared."""
    headers = dict(make("x-tif").sign(b"", NOW))
    headers[changed] = headers[changed][:-1] + ("0" if headers[changed][-1] != "0" else "1")
    with pytest.raises(SignatureRefused, match="does not hold"):
        make("x-tif").verify(headers, b"", NOW)


@pytest.mark.parametrize(("age", "holds"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_x_tif_refuses_what_is_older_than_five_minutes(age: int, holds: bool) -> None:
    """Up to 300 seconds to either side are fresh, more is not."""
    headers = make("x-tif").sign(b"", NOW)
    if holds:
        make("x-tif").verify(headers, b"", NOW + age)
        return
    with pytest.raises(SignatureRefused, match="not fresh"):
        make("x-tif").verify(headers, b"", NOW + age)


def test_x_tif_refuses_a_nonce_used_before() -> None:
    """The same request once more is a replay; the same body signed anew is not."""
    signer = make("x-tif")
    headers = signer.sign(b"", NOW)
    signer.verify(headers, b"", NOW)
    with pytest.raises(SignatureRefused, match="used before"):
        signer.verify(headers, b"", NOW + 299)
    signer.verify(signer.sign(b"", NOW), b"", NOW)


def test_a_flood_of_nonces_narrows_the_window_and_never_opens_it() -> None:
    """In a full memory the oldest second is forgotten and counts as stale from then on: no nonce that was
    taken can be taken again, and the memory stays within its bound."""
    replays = Replays(300, limit=100)
    for number in range(1000):
        second = int(NOW) + number // 40
        assert replays.fresh(second, NOW)
        assert replays.first(f"n{number}", second, NOW)
        assert replays._count <= 100
    for number in range(1000):
        second = int(NOW) + number // 40
        assert not (replays.fresh(second, NOW) and replays.first(f"n{number}", second, NOW))


def test_expired_nonces_are_forgotten() -> None:
    """Nothing is remembered longer than it could be replayed."""
    replays = Replays(300)
    assert replays.first("a", 1000, 1000.0)
    assert replays.first("b", 1400, 1400.0)
    assert list(replays._seen) == [1400]


def test_md5_gbk_is_the_digest_of_the_bytes_given() -> None:
    """The supervision platform's own rule, over GB 18030 bytes."""
    body = "<field_2>某某某</field_2>".encode("gb18030")
    expected = hashlib.md5(body, usedforsecurity=False).hexdigest()
    assert make("md5-gbk").sign(body, NOW) == {"security": expected}
