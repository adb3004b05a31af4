"""Checkpoints are notes that anybody's tools can check, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from guantong.proof.checkpoint import Checkpoint, parsed
from guantong.proof.note import BadKey, SigningKey, VerifierKey, new_key, opened

# The example of Go's golang.org/x/mod/sumdb/note.
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (f"{TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n")
CHECKPOINT = Checkpoint("city.example/guantong", 120_345, bytes(range(32)), "sm3", 1_405_478_400_123, 120_346)


def test_a_note_is_as_others_write_it() -> None:
    """The published example of the format's first implementation: same key, same text, same signature."""
    assert SigningKey(PRIVATE).sign(TEXT) == SIGNED
    assert SigningKey(PRIVATE).verifier.text == PUBLIC
    text, (signature,) = opened(SIGNED) or ("", [])
    assert text == TEXT
    assert VerifierKey(PUBLIC).holds(TEXT, signature)
    assert not VerifierKey(PUBLIC).holds(TEXT + "!", signature)


def test_what_another_key_signed_is_not_ours() -> None:
    """Also not where it has the same name."""
    other = SigningKey(new_key("PeterNeumann"))
    _, (signature,) = opened(other.sign(TEXT)) or ("", [])
    assert other.verifier.holds(TEXT, signature)
    assert not VerifierKey(PUBLIC).holds(TEXT, signature)


@pytest.mark.parametrize("text", [
    "", "x", PUBLIC, PRIVATE[:-4], PRIVATE.replace("Peter", "Paul"), PRIVATE.replace("+AYEK", "+AoEK"), "PRIVATE+KEY+a b+00000000+AAAA",
    PRIVATE.replace("AYEK", "A!EK"),
])
def test_what_is_no_private_key_is_refused(text: str) -> None:
    """And never quoted."""
    with pytest.raises(BadKey) as told:
        SigningKey(text)
    assert "AYEK" not in str(told.value)
    with pytest.raises(BadKey):
        new_key("two words")


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    """Its lines are those of the format; ours stand below."""
    assert CHECKPOINT.text() == (
        "city.example/guantong\n120345\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        "hash sm3\ntime 2014-07-16T02:40:00.123Z\nentry 120346\n")
    assert parsed(CHECKPOINT.text()) == CHECKPOINT
    others = parsed("example.com/log\n0\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nan extension of theirs\n")
    assert others == Checkpoint("example.com/log", 0, bytes(range(32)), "sha256", 0, 0)


@pytest.mark.parametrize("text", [
    "", "a\n1\n", "a\n01\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "a\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
    "a\n1\nAAEC\n", "a\n1\n!\n", CHECKPOINT.text()[:-1], CHECKPOINT.text().replace("sm3", "md5"), "a\n1\n\nx\n",
])
def test_what_is_no_checkpoint_is_taken_for_none(text: str) -> None:
    assert parsed(text) is None
