"""What the signature schemes promise: what is signed holds, anything else is refused without a hint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any

import pytest

from guantong.scheme import UnfitSecret
from guantong.secret import Secret
from guantong.signer import SignatureRefused, Signer, SignWith, VerifyWith
from guantong.sm2 import N, PublicKey
from guantong_plugins.signers.plugin import register_signers
from guantong_plugins.signers.replay import Replays

SPECS = {spec.name: spec for spec in register_signers()}
NOW = 1405391400.0
TOKEN = "an-invented-token-言"
# The key pair published as an example in GB/T 32918.5; no system uses it.
PRIVATE = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
PUBLIC = ("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
          "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
VALUES = {
    "token": TOKEN, "paasid": "app1", "user": "某用户", "password": "an-invented-password", "key": "an-invented-key",
    "rid": "an-invented-app", "sid": "an-invented-service", "secret": "an-invented-secret",
    "private_key": PRIVATE, "public_key": PUBLIC,
}
SECRETS = {name: Secret(value) for name, value in VALUES.items()}


def make(name: str, **options: Any) -> Signer:
    return SPECS[name].open(SignWith(scheme=name, options=options), SECRETS)


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
    assert not any(value in text for value in VALUES.values() for text in (refused.value.reason, refused.value.reason_zh))
    assert re.search("[一-鿿]", refused.value.reason_zh)
    assert not given or given not in refused.value.reason_zh
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


@pytest.mark.parametrize("name", ["sm2", "sm3"])
def test_a_stamped_scheme_proves_stamp_and_body_once(name: str) -> None:
    """A changed body, time or nonce breaks the proof; the same request again is a replay, an old one is stale."""
    signer, body = make(name), "<意见>同意</意见>".encode()
    headers = dict(signer.sign(body, NOW))
    with pytest.raises(SignatureRefused, match="does not hold"):
        signer.verify(headers, body + b" ", NOW)
    for changed, other in (("x-timestamp", str(int(NOW) + 1)), ("x-nonce", "0" * 24)):
        with pytest.raises(SignatureRefused, match="does not hold"):
            signer.verify({**headers, changed: other}, body, NOW)
    with pytest.raises(SignatureRefused, match="not fresh"):
        signer.verify(headers, body, NOW + 301)
    signer.verify(headers, body, NOW)
    with pytest.raises(SignatureRefused, match="used before"):
        signer.verify(headers, body, NOW + 1)


@pytest.mark.parametrize("name", ["sm2", "sm3"])
@pytest.mark.parametrize("written", ["hex", "base64"])
def test_a_stamped_scheme_takes_a_systems_own_names_and_spelling(name: str, written: str) -> None:
    """The three headers are called and written as the options say, and read so."""
    options = {"timestamp": "T-Time", "nonce": "T-Nonce", "signature": "T-Sign", "written": written}
    headers = make(name, **options).sign(b"body", NOW)
    assert set(headers) == {"t-time", "t-nonce", "t-sign"}
    make(name, **options).verify(headers, b"body", NOW)


def test_sm3_is_the_keyed_digest_of_stamp_and_body() -> None:
    """HMAC with SM3 over timestamp, nonce and body, as any other implementation computes it."""
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this Python's OpenSSL has no SM3 to compare with")
    headers = make("sm3").sign(b"body", NOW)
    signed = f"1405391400{headers['x-nonce']}body".encode()
    assert headers["x-signature"] == hmac.new(b"an-invented-key", signed, "sm3").hexdigest()


def test_sm2_holds_to_the_standards_example() -> None:
    """The signature that GB/T 32918.5 gives for its key and message verifies; one bit more does not."""
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    key = PublicKey(PUBLIC.lower())
    assert key.holds(b"message digest", r, s)
    assert not key.holds(b"message digest", r ^ 1, s)
    assert not key.holds(b"message digesu", r, s)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (N, 1), (1, N), (N - 1, 1), (0, 0), (2**256 - 1, 2**256 - 1)])
def test_sm2_refuses_numbers_out_of_range(r: int, s: int) -> None:
    """r, s and their sum are between nothing and the order of the curve, or no signature."""
    assert not PublicKey(PUBLIC.lower()).holds(b"message digest", r, s)


def test_sm2_signs_in_der_where_the_other_side_wants_it() -> None:
    """With `form: der` the signature is an ASN.1 sequence of two integers."""
    headers = make("sm2", form="der").sign(b"body", NOW)
    assert headers["x-signature"].startswith("304")
    make("sm2", form="der").verify(headers, b"body", NOW)
    with pytest.raises(SignatureRefused, match="64 bytes"):
        make("sm2").verify(headers, b"body", NOW)


@pytest.mark.parametrize(("name", "value"), [
    ("private_key", PRIVATE[:-1]), ("private_key", "0" * 64), ("private_key", "F" * 64), ("private_key", "х" * 64),
    ("public_key", PUBLIC[:-1] + "4"), ("public_key", "F" * 128), ("public_key", "04" + PUBLIC[:-2]), ("public_key", ""),
])
def test_a_key_that_is_none_of_the_curve_is_named_before_anything_runs(name: str, value: str) -> None:
    """`check` says which secret does not fit and what it should be, never what it is."""
    check = SPECS["sm2"].check
    assert check is not None
    with pytest.raises(UnfitSecret) as refused:
        check({**SECRETS, name: Secret(value)}, SPECS["sm2"].options())
    assert refused.value.name == name
    assert not value or value not in str(refused.value)


def test_a_public_key_may_have_its_leading_04() -> None:
    """Both spellings of a point, with the form's mark and without, are the same key; leading fours stay."""
    other = SPECS["sm2"].make({"public_key": Secret("04" + PUBLIC)}, SPECS["sm2"].options())
    other.verify(make("sm2").sign(b"body", NOW), b"body", NOW)


def test_one_way_needs_one_key() -> None:
    """Who only signs gives a private key, who only verifies the other side's public key."""
    assert SPECS["sm2"].needs(SignWith(scheme="sm2")) == {"private_key"}
    assert SPECS["sm2"].needs(VerifyWith(scheme="sm2")) == {"public_key"}
    assert SPECS["x-tif"].needs(SignWith(scheme="x-tif")) == {"token"}


def test_gjgxjhpt_signs_as_the_platform_does() -> None:
    """Base64 of HMAC-SHA256 over service, application and milliseconds."""
    headers = make("gjgxjhpt").sign(b"", NOW)
    text = b"an-invented-servicean-invented-app1405391400000"
    digest = hmac.new(b"an-invented-secret", text, hashlib.sha256).digest()
    assert headers == {
        "gjgxjhpt_rid": "an-invented-app", "gjgxjhpt_sid": "an-invented-service", "gjgxjhpt_rtime": "1405391400000",
        "gjgxjhpt_sign": base64.b64encode(digest).decode(),
    }


@pytest.mark.parametrize("changed", ["rid", "sid", "rtime", "sign"])
def test_gjgxjhpt_refuses_a_change_of_any_header(changed: str) -> None:
    """Every header is under the signature or compared, and the time is held to five minutes."""
    signer = make("gjgxjhpt")
    headers = dict(signer.sign(b"", NOW))
    value = headers[f"gjgxjhpt_{changed}"]
    with pytest.raises(SignatureRefused, match="does not hold"):
        signer.verify({**headers, f"gjgxjhpt_{changed}": ("1" if value[0] != "1" else "2") + value[1:]}, b"", NOW)
    signer.verify(headers, b"", NOW + 300)
    with pytest.raises(SignatureRefused, match="not fresh"):
        signer.verify(headers, b"", NOW + 300.01)


def test_basic_writes_user_and_password_as_the_rfc_does() -> None:
    """`Basic` and the Base64 of user, colon, password in UTF-8."""
    expected = base64.b64encode("某用户:an-invented-password".encode()).decode()
    assert make("basic").sign(b"", NOW) == {"authorization": f"Basic {expected}"}


def test_an_api_key_stands_in_the_header_the_system_names() -> None:
    """The header's name is an option; its case does not count."""
    assert make("api-key").sign(b"", NOW) == {"x-api-key": "an-invented-key"}
    assert make("api-key", header="AppKey").sign(b"", NOW) == {"appkey": "an-invented-key"}
