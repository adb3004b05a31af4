"""The vault: what a store holds of a body is worthless without the keys, and an altered one does not open."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.keyplace import KeyPlace
from guantong.keyring import open_vault
from guantong.vault import Vault, VaultError

VAULT = Vault(bytes(range(32)), bytes(32))


@given(st.binary(max_size=2_000))
def test_what_was_sealed_opens(body: bytes) -> None:
    """Any bytes, also none; sealed twice they look different."""
    assert VAULT.open(VAULT.seal(body)) == body
    assert VAULT.seal(body) != VAULT.seal(body)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 10_000), st.integers(1, 255))
def test_an_altered_body_does_not_open(body: bytes, at: int, by: int) -> None:
    """Not a bit of it may change; the text names the setting, never a key or content."""
    sealed = bytearray(VAULT.seal(body))
    sealed[at % len(sealed)] ^= by
    with pytest.raises(VaultError, match=r"stored body"):
        VAULT.open(bytes(sealed))


def test_another_key_opens_nothing() -> None:
    """Nor does a body cut short."""
    sealed = VAULT.seal("王五".encode())
    for vault, body in ((Vault(bytes(32), bytes(32)), sealed), (VAULT, sealed[:-1]), (VAULT, sealed[:5])):
        with pytest.raises(VaultError, match="stored body"):
            vault.open(body)


def test_a_body_that_was_pruned_says_so() -> None:
    """Nothing is left of it but that its period was over."""
    with pytest.raises(VaultError, match="the content was pruned or redacted; the journal still tells of it"):
        VAULT.open(b"")


def test_a_body_that_unpacks_without_end_is_bounded() -> None:
    """A body is compressed before it is sealed; ours open whatever they hold."""
    assert VAULT.open(VAULT.seal(bytes(8 << 20))) == bytes(8 << 20)
    assert len(VAULT.seal(bytes(8 << 20))) < 10_000


def test_a_digest_tells_contents_apart_and_needs_the_key() -> None:
    """The same content gives the same digest under one key only."""
    assert VAULT.digest(b"a") == VAULT.digest(b"a") != VAULT.digest(b"b")
    assert Vault(bytes(32), b"k" * 32).digest(b"a") != VAULT.digest(b"a")


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    """Made where they may be; found again; a missing or short key is named, never replaced."""
    folder = tmp_path / "keys"
    with pytest.raises(VaultError, match=r"keys\.folder: there is no body\.key"):
        open_vault(KeyPlace(folder), create=False)
    sealed = open_vault(KeyPlace(folder), create=True).seal(b"x")
    assert open_vault(KeyPlace(folder), create=True).open(sealed) == b"x"
    assert sorted(path.name for path in folder.iterdir()) == ["body.key", "digest.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "digest.key").write_bytes(b"short")
    with pytest.raises(VaultError, match=r"digest\.key must hold 32 bytes, it holds 5"):
        open_vault(KeyPlace(folder), create=True)
    (folder / "body.key").unlink()
    with pytest.raises(VaultError, match=r"there is no body\.key"):
        open_vault(KeyPlace(folder), create=False)


def test_several_threads_seal_and_open_at_once() -> None:
    """Large bodies, each thread its own: none is mixed with another's, and no nonce comes twice."""
    bodies = [bytes((number * seed + number // 7) % 251 for number in range(100_000)) * 20 for seed in range(1, 5)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        sealed = list(pool.map(VAULT.seal, bodies * 10))
        assert list(pool.map(VAULT.open, sealed)) == bodies * 10
    assert len({one[1:13] for one in sealed}) == len(sealed)


@given(st.binary(max_size=2_000), st.booleans())
def test_what_a_former_key_sealed_opens_and_new_bodies_take_the_first(body: bytes, chinese: bool) -> None:
    """AES and SM4 in either order; a vault without the former key does not open it, and nothing altered ever opens."""
    old, new = (bytes(range(16)), bytes(range(32))) if chinese else (bytes(range(32)), bytes(range(16)))
    before, after = Vault(old, bytes(32)), Vault(new, bytes(32), [old])
    assert after.open(before.seal(body)) == body
    assert Vault(new, bytes(32)).open(after.seal(body)) == body
    with pytest.raises(VaultError, match="stored body"):
        Vault(new, bytes(32)).open(before.seal(body))
    sealed = after.seal(body)
    with pytest.raises(VaultError, match="stored body"):
        after.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))
