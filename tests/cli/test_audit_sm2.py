"""A home whose checkpoints are signed with SM2: every verb works with it, and a change of keys is no break."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.cli.test_audit import Office
from tests.journey.world import configured
from tests.proof.evidence import HUB, KEY, OUTSIDE, PRIVATE, Home, honest

from guantong.cli import audit, audit_keys, audit_proof
from guantong.config import load
from guantong.pack.assembled import verify_py
from guantong.plugins import registry
from guantong.proof import algorithms
from guantong.proof.note import SigningKey, VerifierKey, new_key
from guantong.proof.signingkey import write_private

pytestmark = pytest.mark.skipif(find_spec("gmssl") is None, reason="needs the extra sm (gmssl)")
NAME = KEY.verifier.name


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return honest(tmp_path_factory.mktemp("honest"), "sm3")


@pytest.fixture(autouse=True)
def _small_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of these tests has systems that only tests can open."""
    for module in (audit, audit_keys, audit_proof):
        monkeypatch.setattr(module, "configuration", lambda home: configured(home, {}))


@pytest.fixture
def told(untouched: Home, tmp_path: Path) -> Office:
    """Three checkpoints outside that an Ed25519 key signed, lines behind them, and no key."""
    shutil.copytree(untouched.folder, tmp_path / "home")
    return Office(untouched._replace(folder=tmp_path / "home"))


def changed(office: Office, *former: str) -> str:
    """Make an SM2 key for the home, whose former keys are these, and sign with it; its public line."""
    hub = office.home / HUB
    hub.write_text(hub.read_text(encoding="utf-8").replace("audit: {", f"audit: {{former: [{', '.join(former)}], "), encoding="utf-8")
    made = office.guantong("audit", "keys", "new", NAME, "--sm2")
    assert (made.exit_code, made.stderr) == (0, "")
    signed = office.guantong("audit", "checkpoint", "--now")
    assert (signed.exit_code, signed.stderr) == (0, "")
    assert (office.home / OUTSIDE).read_text(encoding="utf-8").endswith(f"\n\n{signed.stdout}\n")
    return made.stdout.strip()


def test_a_home_changes_from_ed25519_to_sm2_without_a_break(told: Office) -> None:
    """The former public line is believed for what was signed before, the new one since; the private line is its owner's alone."""
    line = changed(told, KEY.verifier.text)
    key = told.home / "var/keys/audit.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert VerifierKey(line).name == NAME
    assert told.guantong("audit", "keys", "show").stdout == f"{line}\n"
    assert told.guantong("audit", "keys", "show", "--former").stdout == f"{line}\n{KEY.verifier.text}\n"
    found = told.json("audit", "verify")
    assert (found["verified"], found["unsealed"], found["checkpoints"]) == (True, 0, 4)
    (told.home / "public.txt").write_text(f"{line}\n{KEY.verifier.text}\n", encoding="utf-8")
    assert told.json("audit", "verify", "--key", str(told.home / "public.txt"))["verified"]
    assert told.json("audit", "verify", "--key", line, "--key", KEY.verifier.text)["verified"]


def test_a_key_that_is_not_named_is_told_each_way(told: Office) -> None:
    """What the former key signed without its public line, and what the new one signed to who has the former alone."""
    line = changed(told)
    assert [one["code"] for one in told.json("audit", "verify")["problems"]] == ["GT952"] * 3
    assert [one["code"] for one in told.json("audit", "verify", "--key", KEY.verifier.text)["problems"]] == ["GT952"]
    other = SigningKey(new_key("other.example/log", algorithms.SM2)).verifier.text
    assert {one["code"] for one in told.json("audit", "verify", "--key", other)["problems"]} == {"GT954"}
    name, _, key = line.split("+", 2)
    done = told.guantong("audit", "verify", "--key", f"{name}+00000000+{key}")
    assert (done.exit_code, "GT958" in done.stderr) == (2, True)


def test_an_altered_checkpoint_is_not_believed(told: Office) -> None:
    """One letter of what SM2 signed, or of the signature."""
    changed(told, KEY.verifier.text)
    outside = told.home / OUTSIDE
    whole = outside.read_text(encoding="utf-8")
    at = whole.rindex("time ") + len("time 2014-07-1")
    outside.write_text(whole[:at] + ("9" if whole[at] != "9" else "8") + whole[at + 1:], encoding="utf-8")
    assert [one["code"] for one in told.json("audit", "verify")["problems"]] == ["GT952"]


def test_the_proof_of_an_entry_is_not_checkable_by_the_stand_alone_verifier(told: Office) -> None:
    """It says so, and ends with 1."""
    line = changed(told, KEY.verifier.text)
    proof = told.guantong("audit", "proof", "E300")
    (told.home / "proof.json").write_text(proof.stdout, encoding="utf-8")
    (told.home / "verify.py").write_text(verify_py(), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "verify.py", "proof.json", "--key", line], cwd=told.home, capture_output=True, text=True,  # noqa: S603  our own interpreter and file
                          check=False, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "! 此处无法核验该签名算法（如 SM2）：不能视为通过 · this kind of signature (SM2, say) is not checkable here: it is not verified\n", "")


def test_without_the_package_no_verb_goes_on(told: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what to install; no other key is made in its place."""
    write_private(told.home / "sm2.key", new_key(NAME, algorithms.SM2))
    write_private(told.home / "var/keys/audit.key", (told.home / "sm2.key").read_text(encoding="utf-8").strip())
    public = told.guantong("audit", "keys", "show").stdout.strip()
    monkeypatch.setattr(algorithms, "find_spec", lambda _name: None)
    for words in (("keys", "new", NAME, "--sm2", "--to", str(told.home / "more.key")), ("keys", "show"), ("checkpoint", "--now"), ("verify",),
                  ("verify", "--key", public)):
        done = told.guantong("audit", *words)
        assert (done.exit_code, done.stdout) == (2, ""), words
        assert "GT932" in done.stderr
        assert "pip install 'guantong[sm]'" in done.stderr
    assert not (told.home / "more.key").exists()


@pytest.mark.parametrize("line", ["nonsense", "a+00000000+AAAA", PRIVATE], ids=["no key", "of another hash", "a private line"])
def test_a_former_key_that_is_none_is_said_when_the_configuration_is_read(told: Office, line: str) -> None:
    """And never quoted."""
    hub = told.home / HUB
    hub.write_text(hub.read_text(encoding="utf-8").replace("audit: {", f"audit: {{former: ['{line}'], "), encoding="utf-8")
    found = [one for one in load(told.home, registry(), {}).problems if one.code.id == "GT933"]
    assert [(one.path, one.details["number"]) for one in found] == [("audit.former", 1)]
    assert line not in found[0].line()
