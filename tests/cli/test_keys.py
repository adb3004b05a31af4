"""`guantong keys`: another key for what comes, the old one for what is there; from files or from the environment; AES or SM4."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, Desk
from tests.cli.test_unmasking import journaled

from guantong.keyring import as_text, decoded, fingerprint, new_key

NEXT = {**ACCEPTANCE, "bizNo": "RC20140715-0778", "applyNo": "10000010100699201211407150778"}


def keys_of(desk: Desk) -> Path:
    return desk.home / "var/keys"


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_what_was_kept_opens_after_a_rotation_and_what_comes_needs_the_new_key(desk: Desk, cipher: str) -> None:
    """The old key stays in a file of its own; without it the old record does not open, and the new one does."""
    desk.tell(ACCEPTANCE)
    old = fingerprint((keys_of(desk) / "body.key").read_bytes())
    done = desk.json("keys", "rotate", "--cipher", cipher, "--as", "陈工", "--why", "年度更换")
    new = fingerprint((keys_of(desk) / "body.key").read_bytes())
    assert done == {"was": old, "now": new, "cipher": {"aes": "AES-256-GCM", "sm4": "SM4-GCM"}[cipher], "former": f"body-{old}.key"}
    assert old != new
    assert oct((keys_of(desk) / "body.key").stat().st_mode)[-3:] == "600"
    desk.tell(NEXT)
    assert [desk.guantong("trace", message, "--values").exit_code for message in ("M1", "M2")] == [0, 0]
    assert desk.guantong("audit", "verify").exit_code == 0
    (keys_of(desk) / done["former"]).unlink()
    assert [desk.guantong("trace", message, "--values").exit_code == 0 for message in ("M1", "M2")] == [False, True]


def test_who_changed_the_key_and_why_is_in_the_journal_and_no_key_is(desk: Desk) -> None:
    desk.tell(ACCEPTANCE)
    assert desk.guantong("keys", "rotate", "--as", "陈工", "--why", "年度更换").exit_code == 0
    ((_, _, _, actor, detail),) = journaled(desk.home, "key_changed")
    assert (actor, detail["why"], set(detail)) == ("陈工", "年度更换", {"was", "now", "cipher", "why"})
    for path in keys_of(desk).glob("body*.key"):
        assert path.read_bytes() not in (desk.home / "var/guantong.db").read_bytes()


def test_keys_are_shown_by_what_tells_them_apart_alone(desk: Desk) -> None:
    """The one that seals first; nothing of any key."""
    desk.tell(ACCEPTANCE)
    for cipher in ("aes", "sm4"):
        desk.guantong("keys", "rotate", "--cipher", cipher, "--as", "陈工")
    shown = desk.guantong("keys", "show").stdout.splitlines()
    assert re.fullmatch(r"[0-9a-f]{8}  SM4-GCM  用于加密 seals", shown[0])
    assert [line[10:] for line in shown[1:]] == ["AES-256-GCM  仅用于解密 opens only"] * 2
    told = desk.json("keys", "show")
    assert [row["seals"] for row in told["keys"]] == [True, False, False]
    assert len(told["files"]) == 2
    everything = orjson.dumps(told).decode() + "".join(shown)
    assert not any(as_text(path.read_bytes()) in everything or path.read_bytes().hex() in everything for path in keys_of(desk).glob("*.key"))


def test_keys_may_come_from_the_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that lay in the folder still opens; one that is no key is named by its variable, and never shown."""
    desk.tell(ACCEPTANCE)
    made = desk.anywhere("keys", "new", "--cipher", "sm4").stdout.strip()
    assert len(decoded(made) or b"") == 16
    desk.edit("config/guantong.yaml", "keys:\n", "keys:\n  body: {env: BODY_KEY}\n")
    monkeypatch.setenv("BODY_KEY", made)
    desk.tell(NEXT)
    assert [desk.guantong("trace", message, "--values").exit_code for message in ("M1", "M2")] == [0, 0]
    refused = desk.guantong("keys", "rotate", "--as", "陈工")
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (
        2, "内容密钥不在 keys.folder 中：由 `keys.body` 指定; 用 `guantong keys new` 生成新密钥，让 `keys.body` 指向它，把旧密钥写入 `keys.former`，再重启各进程 [GT783]")
    for wrong, says in (("an-invented-passphrase", "must hold 32 or 16 bytes as Base64 or hexadecimal (`guantong keys new` makes them)"),
                        ("", "is not set, or empty")):
        monkeypatch.setenv("BODY_KEY", wrong)
        failed = desk.guantong("trace", "M1", "--values")
        assert (failed.exit_code, failed.stderr.strip()) == (2, f"keys.body: the variable BODY_KEY {says}")


def test_a_former_key_from_elsewhere_opens_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that sealed is moved out of the folder into a file that `former:` names."""
    desk.tell(ACCEPTANCE)
    (desk.home / "former.txt").write_text((keys_of(desk) / "body.key").read_bytes().hex() + "\n", encoding="ascii")
    (keys_of(desk) / "body.key").unlink()
    monkeypatch.setenv("BODY_KEY", as_text(new_key("aes")))
    desk.edit("config/guantong.yaml", "keys:\n", "keys:\n  body: {env: BODY_KEY}\n  former: [{file: former.txt}]\n")
    assert desk.guantong("trace", "M1", "--values").exit_code == 0
