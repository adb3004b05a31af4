"""The stand-alone verifier: right by the standards' own examples, believes nothing that our own checks do not, needs nothing of ours."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.proof.evidence import DATABASE, KEY, OUTSIDE, Home, honest

from guantong.proof import standalone
from guantong.proof.hashing import HASHES
from guantong.proof.note import SigningKey, new_key
from guantong.proof.proving import proof
from guantong_plugins.stores.sqlite.opening import open_for_reading
from guantong_plugins.stores.sqlite.reader import SqliteReader

FILE = Path(standalone.__file__)
# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]


@pytest.fixture(scope="module", params=["sha256", "sm3"])
def home(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Home:
    return honest(tmp_path_factory.mktemp(request.param), request.param)


def bundle(home: Home, *entries: int) -> Any:
    """What `guantong audit proof` prints."""
    reader = SqliteReader(open_for_reading(home.folder / DATABASE))
    found = orjson.loads(orjson.dumps(proof(reader, entries, KEY.verifier.text)))
    reader.close()
    return found


def run(folder: Path, proof: Mapping[str, Any] | bytes, *words: str) -> tuple[int, str]:
    """What somebody finds who has the file alone, in another folder, with none of our packages."""
    (folder / "proof.json").write_bytes(proof if isinstance(proof, bytes) else orjson.dumps(proof))
    (folder / "check.py").write_bytes(FILE.read_bytes())
    done = subprocess.run([sys.executable, "-I", "-S", "check.py", "proof.json", *words], cwd=folder, capture_output=True,  # noqa: S603  our own interpreter and file
                          text=True, check=False, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_the_standard(public: str, message: str, signature: str) -> None:
    """RFC 8032's examples hold, and no neighbour of theirs does."""
    key, data, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert standalone.ed25519(key, signed, data)
    assert not standalone.ed25519(key, signed, data + b"x")
    for at in (0, 31, 32, 63):
        assert not standalone.ed25519(key, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1:], data)
    order = 2**252 + 27742317777372353535851937790883648493
    malleable = signed[:32] + (int.from_bytes(signed[32:], "little") + order).to_bytes(32, "little")
    assert not standalone.ed25519(key, malleable, data)
    assert not standalone.ed25519(bytes(31), signed, data)
    assert not standalone.ed25519(b"\xff" * 32, signed, data)


def test_signatures_and_digests_are_those_of_the_library() -> None:
    """Over bytes of every length round a block, whatever they are."""
    chance = random.Random(8032)  # noqa: S311  any bytes do, the same each time
    for length in (*range(8), 54, 55, 56, 57, 63, 64, 65, 119, 120, 1000):
        data = chance.randbytes(length)
        assert standalone.sm3(data) == HASHES["sm3"].digest(data)
    for _ in range(3):
        key, data = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)), chance.randbytes(40)
        assert standalone.ed25519(key.public_key().public_bytes_raw(), key.sign(data), data)


def test_sm3_is_that_of_the_standard() -> None:
    """GB/T 32905, appendix A."""
    assert standalone.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert standalone.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_our_own_proofs_verify_with_the_file_alone(home: Home, tmp_path: Path) -> None:
    """Under both hashes; with a key from elsewhere and the checkpoints outside, every claim is said to hold."""
    (tmp_path / "public.txt").write_text(KEY.verifier.text + "\n", encoding="utf-8")
    status, told = run(tmp_path, bundle(home, 1, 3, 300, 879), "--key", "public.txt", "--against", str(home.folder / OUTSIDE))
    assert (status, told.splitlines()[1], told.splitlines()[-1]) == (
        0, "✓ 与外部保存的检查点逐字相同 · it stands letter for letter among those kept outside", "✓ 4 条核验通过 · 4 entries verified")
    status, told = run(tmp_path, bundle(home, 300))
    assert status == 1  # with the key that the proof itself brings, nothing is verified
    assert "verified" not in told


def test_keys_and_checkpoints_may_stand_in_files_as_people_keep_them(home: Home, tmp_path: Path) -> None:
    """Former keys beside the one in use, in any order; a file of checkpoints that Windows wrote."""
    other = SigningKey(new_key(KEY.verifier.name)).verifier.text
    outside = (home.folder / OUTSIDE).read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "outside.txt").write_bytes(outside)
    for lines in ((KEY.verifier.text, other), (other, KEY.verifier.text)):
        (tmp_path / "public.txt").write_text("\r\n".join(lines) + "\r\n\r\n", encoding="utf-8", newline="")
        status, told = run(tmp_path, bundle(home, 1, 3), "--key", "public.txt", "--against", "outside.txt")
        assert (status, told.splitlines()[-1]) == (0, "✓ 2 条核验通过 · 2 entries verified")
    (tmp_path / "public.txt").write_text(f"{other}\n", encoding="utf-8")
    status, told = run(tmp_path, bundle(home, 1), "--key", "public.txt")
    assert (status, "verified" in told) == (1, False)
    (tmp_path / "public.txt").write_text("\n", encoding="utf-8")
    assert run(tmp_path, bundle(home, 1), "--key", "public.txt")[0] == 1


@pytest.mark.parametrize("change", [
    {"format": "guantong-proof/2"}, {"entries": []}, {"entries": None}, {"entries": [{}]}, {"entries": [7]}, {"checkpoint": 5},
    {"checkpoint": "a\n\nb\n"}, {"hash": "md5"}, {"checkpoint": ""},
])
def test_a_broken_proof_is_never_verified(home: Home, tmp_path: Path, change: Mapping[str, Any]) -> None:
    """Nor is it a traceback."""
    status, told = run(tmp_path, {**bundle(home, 300), **change}, "--key", KEY.verifier.text)
    assert status == 1
    assert "verified" not in told


def test_a_flipped_letter_anywhere_in_a_proof_is_found(home: Home) -> None:
    """In the checkpoint, the number, the content, the path."""
    whole = bundle(home, 300)
    chance = random.Random(300)  # noqa: S311  any letters do, the same each time
    entry = whole["entries"][0]

    def checked(changed: Mapping[str, Any]) -> None:
        with pytest.raises(standalone.Wrong):
            standalone.check(changed, standalone.read_key(KEY.verifier.text))

    standalone.check(whole, standalone.read_key(KEY.verifier.text))
    for at in chance.sample(range(len(whole["checkpoint"])), 12):
        checked({**whole, "checkpoint": _other(whole["checkpoint"], at)})
    for at in chance.sample(range(len(entry["content"])), 25):
        checked({**whole, "entries": [{**entry, "content": _other(entry["content"], at)}]})
    for number in range(len(entry["path"])):
        path = [*entry["path"]]
        path[number] = _other(path[number], 5)
        checked({**whole, "entries": [{**entry, "path": path}]})
        checked({**whole, "entries": [{**entry, "path": entry["path"][:number]}]})
    for leaf in (-1, 0, entry["leaf"] + 1, 10**9):
        checked({**whole, "entries": [{**entry, "leaf": leaf}]})


def _other(text: str, at: int) -> str:
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1:]


def test_a_key_of_another_kind_is_not_checkable_and_not_verified(home: Home) -> None:
    """An SM2 checkpoint, say: it must never pass."""
    public = b"\x07" + bytes(32)
    hashed = standalone.sha256(b"city.example/test\n" + public)[:4]
    key = standalone.read_key(f"city.example/test+{hashed.hex()}+{base64.b64encode(public).decode()}")
    whole = bundle(home, 300)
    text = whole["checkpoint"].rpartition("\n\n")[0]
    signed = f"{text}\n\n\u2014 city.example/test {base64.b64encode(hashed + bytes(64)).decode()}\n"
    with pytest.raises(standalone.Wrong, match="not checkable here: it is not verified"):
        standalone.check({**whole, "checkpoint": signed}, key)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null", b"{}"])
def test_what_is_no_proof_at_all_is_told(tmp_path: Path, content: bytes) -> None:
    status, told = run(tmp_path, content, "--key", KEY.verifier.text)
    assert status == 1
    assert told.startswith("✗ ")


def forged(content: str) -> tuple[dict[str, Any], str]:
    """A whole proof of one entry that holds *content*, by somebody who signs whatever he likes; and his key."""
    signer = Ed25519PrivateKey.generate()
    public = b"\x01" + signer.public_key().public_bytes_raw()
    hashed = standalone.sha256(b"forger\n" + public)[:4]
    root = base64.b64encode(standalone.sha256(b"\x00" + content.encode())).decode()
    text = f"forger\n1\n{root}\n"
    signature = base64.b64encode(hashed + signer.sign(text.encode())).decode()
    whole = {"format": standalone.FORM, "hash": "sha256", "checkpoint": f"{text}\n\u2014 forger {signature}\n",
             "entries": [{"leaf": 0, "content": content, "path": []}]}
    return whole, f"forger+{hashed.hex()}+{base64.b64encode(public).decode()}"


ENTRY = [standalone.ENTRY, "00" * 16, 1, 0, 5, "routed", 1, 1, 0, "a.b", "hub", "{}", ""]


def entry(**changes: Any) -> str:
    """The content of a leaf, with other values at some places (`_9`)."""
    return orjson.dumps([changes.get(f"_{place}", value) for place, value in enumerate(ENTRY)]).decode()


@pytest.mark.parametrize("content", [
    entry(_2=[]), entry(_3={}), entry(_2="1"), entry(_9=7), entry(_2=True), "[" * 100_000, "7", "[]", "",
])
def test_what_a_forger_signs_that_is_no_entry_is_told(tmp_path: Path, content: str) -> None:
    """Whatever stands in it."""
    whole, key = forged(content)
    status, told = run(tmp_path, whole, "--key", key)
    assert (status, told.count("\n"), told[0]) == (1, 1, "✗")


def test_nothing_in_a_proof_draws_a_line_of_its_own_or_turns_another(tmp_path: Path) -> None:
    """Who names systems and fields must not write verdicts: line ends, escapes, signs that turn the writing, halves of characters."""
    whole, key = forged(entry(_9="a\n✓ 9 条核验通过 · 9 entries verified", _10="\x1b[2J\u202e\u2028", _11="中　文").replace("文", "\\ud800"))
    status, told = run(tmp_path, whole, "--key", key)
    assert status == 0
    assert told.splitlines()[1] == (
        "✓ 1  routed  a\\u000a✓ 9 条核验通过 · 9 entries verified  \\u001b[2J\\u202e\\u2028  中　\\ud800")
    assert len(told.splitlines()) == 3


@pytest.mark.parametrize("key", ["\\ud800+aa+AQ==", "a\\u000ab+aa+AQ==", "7", ""])
def test_a_key_that_is_none_is_told(home: Home, tmp_path: Path, key: str) -> None:
    """Also one that holds half a character."""
    text = orjson.dumps({**bundle(home, 300), "key": "KEY"}).replace(b"KEY", key.encode())
    status, told = run(tmp_path, text)
    assert (status, told.count("\n"), told[0]) == (1, 1, "✗")


def test_a_console_that_lacks_a_character_ends_nothing(home: Home, tmp_path: Path) -> None:
    """That of an old Chinese Windows has no ✓."""
    (tmp_path / "proof.json").write_bytes(orjson.dumps(bundle(home, 300)))
    done = subprocess.run([sys.executable, str(FILE), str(tmp_path / "proof.json"), "--key", KEY.verifier.text],  # noqa: S603  our own interpreter and file
                          capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "gbk"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\\u2713 1 条核验通过".encode("gbk") in done.stdout


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, b"{}", "--key")[0] == 2
    assert run(tmp_path, b"{}", "more")[0] == 2
    assert run(tmp_path, b"{}", "--key", "nowhere.txt")[0] == 2
