"""`guantong audit`: verdicts in words and as JSON, whatever is handed to it; never a traceback, never a false "verified"."""

from __future__ import annotations

import asyncio
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, Desk
from tests.journey.home import write_home
from tests.journey.world import configured, plugged, step, world
from tests.proof.evidence import COUNTY, PRIVATE, Home, honest
from typer.testing import Result

from guantong.cli import audit, audit_keys, audit_proof, unmasking
from guantong.cli.home import configuration
from guantong.proof.checkpoint import parsed
from guantong.proof.hashing import HASHES
from guantong.proof.inclusion import root_by_inclusion
from guantong.proof.note import SigningKey, VerifierKey, new_key, opened
from guantong.proof.signingkey import write_private

NUMBER = "P1"
HUB = "config/guantong.yaml"


class Office:
    """The command line on a small home with an honest journal."""

    def __init__(self, home: Home) -> None:
        self.evidence = home
        self.home = home.folder

    def guantong(self, *words: str, env: Mapping[str, str] | None = None) -> Result:
        return Desk.anywhere(*words, "--home", str(self.home), env=env)

    def json(self, *words: str) -> Any:
        return orjson.loads(self.guantong(*words, "--json").stdout)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return honest(tmp_path_factory.mktemp("honest"))


@pytest.fixture(autouse=True)
def _small_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of these tests has systems that only tests can open."""
    for module in (audit, audit_keys, audit_proof):
        monkeypatch.setattr(module, "configuration", lambda home: configured(home, {}))


@pytest.fixture
def told(untouched: Home, tmp_path: Path) -> Office:
    """Three cases, three checkpoints outside, signed by the key of `--key`, and lines behind them."""
    shutil.copytree(untouched.folder, tmp_path / "home")
    write_private(tmp_path / "home/var/keys/audit.key", PRIVATE)
    return Office(untouched._replace(folder=tmp_path / "home"))


@pytest.fixture
def fresh(tmp_path: Path) -> Office:
    """A home where nothing was sealed yet."""
    write_home(tmp_path / "home")

    async def live() -> None:
        async with world(tmp_path / "home") as it:
            await it.tell(COUNTY, step("1", NUMBER))
            await it.quiet()

    asyncio.run(live())
    return Office(Home(tmp_path / "home", []))


def test_what_was_sealed_and_signed_verifies(told: Office) -> None:
    """The whole journal and one case; what came since is unsealed, until it is signed."""
    last = told.evidence.sizes[-1]
    answer = told.json("audit", "verify")
    assert (answer["verified"], answer["entries"], answer["covered"], answer["unsealed"], answer["checkpoints"], answer["bodies"]) == (
        True, last + 30, last, 32, 3, 9)
    case = told.json("audit", "verify", NUMBER)
    assert (case["verified"], case["covered"], case["unsealed"], case["bodies"]) == (True, case["entries"], 0, 3)
    done = told.guantong("audit", "verify", "--no-bodies")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "✓ 核验通过：各条与封存时一致 · Verified: every entry is as it was sealed." in done.stdout
    assert "未封存 unsealed  32\n" in done.stdout
    signed = told.guantong("audit", "checkpoint", "--now")
    assert (signed.exit_code, signed.stdout) == (0, told.guantong("audit", "checkpoint").stdout)
    assert (told.home / "outside/checkpoints").read_text(encoding="utf-8").endswith(f"\n\n{signed.stdout}\n")
    assert told.json("audit", "checkpoint")["size"] == last + 32
    assert told.json("audit", "verify")["unsealed"] == 0


def test_a_failing_claim_is_said_with_where_and_the_exit_is_one(told: Office) -> None:
    """In both languages; the case it is about fails too, another does not."""
    told.evidence.tamper("UPDATE journal SET actor = 'x' WHERE subject = 2")
    done = told.guantong("audit", "verify")
    assert done.exit_code == 1
    assert "GT946" in done.stderr
    assert "与封存时不一致" in done.stderr
    assert "is not as it was sealed" in done.stderr
    assert "核验通过" not in done.stdout
    answer = told.json("audit", "verify", NUMBER)
    assert (answer["verified"], {one["code"] for one in answer["problems"]}) == (False, {"GT946"})
    assert told.json("audit", "verify", "P2")["verified"]


def test_without_anything_outside_nothing_is_said_to_be_proved(told: Office) -> None:
    """What only agrees with itself is called that; where there should be something, that it is gone is a failing claim."""
    file = told.home / "outside/checkpoints"
    for what in ("it is empty", "it is not there"):
        file.unlink() if what == "it is not there" else file.write_text("", encoding="utf-8")
        done = told.guantong("audit", "verify")
        assert done.exit_code == 1
        assert f"this file holds no checkpoint, and the journal was signed: {what}" in done.stderr
        assert "核验通过" not in done.stdout
    assert "GT929" in told.guantong("audit", "verify", "--against", "/dev/null").stderr
    hub = told.home / "config/guantong.yaml"
    hub.write_text(hub.read_text(encoding="utf-8").replace("anchors: [outside/checkpoints]", "anchors: []"), encoding="utf-8")
    done = told.guantong("audit", "verify")
    assert done.exit_code == 0
    assert "✓ 自洽，但没有外部检查点可对照 · Consistent in itself, held against nothing outside." in done.stdout
    assert told.json("audit", "verify")["covered"] == 0


def test_a_key_that_was_lost_begins_no_other_log(told: Office) -> None:
    """Nothing is signed, no key is made, and it is said what to do."""
    key = told.home / "var/keys/audit.key"
    lost = key.read_text(encoding="utf-8")
    outside = (told.home / "outside/checkpoints").read_bytes()
    key.unlink()
    done = told.guantong("audit", "checkpoint", "--now")
    assert (done.exit_code, done.stdout, key.exists()) == (2, "", False)
    assert "GT927" in done.stderr
    assert "the key that is here signs for no log: it is gone" in done.stderr
    write_private(key, new_key("another.example/log"))
    done = told.guantong("audit", "checkpoint", "--now")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "signs for another.example/log" in done.stderr
    assert (told.home / "outside/checkpoints").read_bytes() == outside
    key.write_text(lost, encoding="utf-8")
    assert told.guantong("audit", "checkpoint", "--now").exit_code == 0


@pytest.mark.parametrize("words", [("audit", "verify"), ("audit", "verify", NUMBER)])
def test_a_damaged_store_is_told_plainly(told: Office, words: tuple[str, ...]) -> None:
    """A text that is none, a table that is gone: no traceback."""
    told.evidence.tamper("UPDATE journal SET detail = '{bad' WHERE id = 3")
    assert told.guantong(*words).exit_code in (0, 1)
    told.evidence.tamper("UPDATE journal SET actor = CAST(x'ff41' AS TEXT) WHERE subject > 0")
    done = told.guantong(*words)
    assert done.exit_code == 1
    assert "GT928" in done.stderr


def test_a_checkpoint_that_was_damaged_is_not_taken_for_none(told: Office) -> None:
    """Who asks for the newest hears that it is no checkpoint."""
    told.evidence.tamper("UPDATE checkpoint SET note = 'x' WHERE size = (SELECT max(size) FROM checkpoint)")
    done = told.guantong("audit", "checkpoint")
    assert done.exit_code == 1
    assert "what stands here is no checkpoint; the file was altered, or is another" in done.stderr


def test_where_there_is_no_root_none_is_named(fresh: Office) -> None:
    """Nothing was sealed yet."""
    assert "root" not in fresh.guantong("audit", "verify", NUMBER).stdout


def test_a_home_that_never_sealed_anything_says_so(fresh: Office) -> None:
    desk = fresh
    assert desk.json("audit", "verify")["unsealed"] > 0
    done = desk.guantong("audit", "checkpoint")
    assert (done.exit_code, done.stderr) == (1, "尚无检查点 / there is no checkpoint yet\n")
    done = desk.guantong("audit", "proof", "E1")
    assert done.exit_code == 2
    assert "GT958" in done.stderr


@pytest.mark.parametrize(("entry", "code"), [("E999999", "GT960"), ("x", "GT960"), ("", "GT960"), ("9" * 30, "GT960")])
def test_an_entry_that_is_not_there_is_told(told: Office, entry: str, code: str) -> None:
    done = told.guantong("audit", "proof", entry)
    assert (done.exit_code, done.stdout) == (1, "")
    assert code in done.stderr


def test_a_proof_leads_from_an_entry_to_the_signed_root(told: Office) -> None:
    """By the book, without the store."""
    bundle = orjson.loads(told.guantong("audit", "proof", "--subject", NUMBER).stdout)
    text, signatures = opened(bundle["checkpoint"]) or ("", [])
    said = parsed(text)
    assert said is not None
    assert VerifierKey(bundle["key"]).holds(text, signatures[0])
    assert len(bundle["entries"]) > 0
    for one in bundle["entries"]:
        path = [bytes.fromhex(each) for each in one["path"]]
        hashed = HASHES["sha256"].leaf(one["content"].encode())
        assert root_by_inclusion(HASHES["sha256"], one["leaf"], said.size, hashed, path) == said.root
    one = orjson.loads(told.guantong("audit", "proof", "E1").stdout)
    assert orjson.loads(one["entries"][0]["content"])[2] == 1
    assert "GT957" in told.guantong("audit", "proof", f"E{told.evidence.sizes[-1] + 1}").stderr


def test_a_field_is_shown_to_who_says_why(told: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One value in its proof, and who, why and which in the journal; without a reason nothing is printed."""
    monkeypatch.setattr(unmasking, "registry", lambda: plugged({}))
    silent = told.guantong("audit", "proof", "--subject", NUMBER, "--field", "step.opinion", "--as", "陈工")
    assert (silent.exit_code, silent.stdout) == (2, "")
    assert "GT779" in silent.stderr
    done = told.guantong("audit", "proof", "--subject", NUMBER, "--field", "step.opinion", "--as", "陈工", "--why", "行政复议调取")
    (entry,) = orjson.loads(done.stdout)["entries"]
    fields = [field for group in entry["record"]["groups"] if isinstance(group, dict) for field in group["fields"] if isinstance(field, dict)]
    assert [field["text"] for field in fields] == ['["step.opinion","同意"]']
    assert told.evidence.ask("SELECT actor, message, detail FROM journal WHERE what = 'unmasked'") == [
        ("陈工", 2, '{"why":"行政复议调取","field":"step.opinion"}')]
    again = told.guantong("audit", "proof", "--subject", NUMBER, "--raw", "--as", "陈工", "--why", "再次")
    assert again.exit_code == 0, again.stderr  # the line of the first is not signed yet, and not needed
    wrong = told.guantong("audit", "proof", "--subject", NUMBER, "--field", "step.opinon", "--as", "陈工", "--why", "x")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "did you mean step.opinion?" in wrong.stderr
    assert "GT960" in told.guantong("audit", "proof", "E99999", "--raw", "--as", "陈工", "--why", "x").stderr


def test_keys_are_made_once_shown_and_kept_from_others(fresh: Office, tmp_path: Path) -> None:
    """The private line is never printed; a key that is there is never written over."""
    desk = fresh
    done = desk.guantong("audit", "keys", "new", "city.example/guantong")
    assert done.exit_code == 0
    file = desk.home / "var/keys/audit.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SigningKey(file.read_text(encoding="utf-8")).verifier.text == done.stdout.strip()
    assert desk.guantong("audit", "keys", "show").stdout == done.stdout
    again = desk.guantong("audit", "keys", "new", "city.example/guantong")
    assert (again.exit_code, again.stdout) == (1, "")
    assert desk.guantong("audit", "keys", "new", "two words", "--to", str(tmp_path / "k")).exit_code == 2
    assert not (tmp_path / "k").exists()


def test_a_key_from_the_environment_signs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every other secret; what is no key is named before anything starts, and never quoted."""
    for module in (audit, audit_keys, audit_proof):
        monkeypatch.setattr(module, "configuration", configuration)
    desk.guantong("audit", "keys", "new", "city.example/guantong", "--to", str(desk.home / "apart"))
    line = (desk.home / "apart").read_text(encoding="utf-8").strip()
    file = desk.home / HUB
    file.write_text(f"{file.read_text(encoding='utf-8')}\naudit: {{key: {{env: AUDIT_KEY}}}}\n", encoding="utf-8")
    desk.tell(ACCEPTANCE)
    done = desk.guantong("audit", "checkpoint", "--now", env={"AUDIT_KEY": line})
    assert done.stdout.startswith("city.example/guantong\n")
    done = desk.guantong("audit", "keys", "show", env={"AUDIT_KEY": line.replace("PRIVATE", "PUBLIC")})
    assert (done.exit_code, done.stdout) == (2, "")
    assert "GT945" in done.stderr
    assert line[30:] not in done.stderr


@pytest.mark.parametrize(("content", "code"), [
    (b"", "GT929"), (b"nothing of the kind\n", "GT953"), (b"\xff\xfe\x00", "GT953"), (b"a\n1\n", "GT953"),
    ("other.example\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n\u2014 other.example AAAAAAAA\n".encode(), "GT954"),
])
def test_a_foreign_or_broken_file_of_checkpoints_is_told(told: Office, tmp_path: Path, content: bytes, code: str) -> None:
    """By its line; it proves nothing."""
    (tmp_path / "given").write_bytes(content)
    done = told.guantong("audit", "verify", "--against", str(tmp_path / "given"))
    assert done.exit_code == 1
    assert "核验通过" not in done.stdout
    assert ("given:1: " if content else "given: ") in done.stderr
    assert f"[{code}]" in done.stderr


def test_a_file_or_key_that_is_not_there_is_wrong_usage(told: Office) -> None:
    done = told.guantong("audit", "verify", "--against", "nowhere")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "GT959" in done.stderr
    done = told.guantong("audit", "verify", "--key", "nonsense")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "GT958" in done.stderr


def test_another_key_is_not_believed(told: Office, tmp_path: Path) -> None:
    """Given as a line or as a file; the own one is, in both ways."""
    own = told.guantong("audit", "keys", "show").stdout.strip()
    name = own.split("+")[0]
    other = told.guantong("audit", "keys", "new", name, "--to", str(tmp_path / "other")).stdout.strip()
    (tmp_path / "public").write_text(own + "\n", encoding="utf-8")
    for key, status in ((own, 0), (str(tmp_path / "public"), 0), (other, 1)):
        done = told.guantong("audit", "verify", "--key", key)
        assert done.exit_code == status, done.output
        assert ("核验通过" in done.stdout) is (status == 0)


def test_a_case_is_frozen_and_thawed_as_by_retention(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with a reason, which is told wherever the case is looked at."""
    monkeypatch.setattr(audit, "configuration", configuration)
    desk.tell(ACCEPTANCE)
    assert desk.guantong("audit", "freeze", "RC20140715-0777", "--as", "陈工").exit_code == 2
    assert desk.guantong("audit", "freeze", "RC20140715-0777", "--reason", "行政复议", "--as", "陈工").exit_code == 0
    assert [one["why"] for one in desk.json("retention", "plan")["frozen"]] == ["行政复议"]
    assert desk.guantong("audit", "thaw", "C1", "--as", "陈工").exit_code == 2
    assert desk.guantong("audit", "thaw", "C1", "--why", "复议已结", "--as", "陈工").exit_code == 0
    assert desk.json("retention", "plan")["frozen"] == []


def test_where_no_hub_ever_ran_nothing_is_signed_and_nothing_is_made(tmp_path: Path) -> None:
    """A mistyped folder must not become a home with keys and an empty journal that verifies."""
    for words in (("checkpoint", "--now"), ("verify",)):
        done = subprocess.run([sys.executable, "-m", "guantong", "audit", *words, "--home", str(tmp_path)],  # noqa: S603  our own verb
                              capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "GT976" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", ["replace(note, 'hash sha256', 'hash sha257')", "replace(note, substr(note, 30, 8), 'AAAAAAAA')", "'x'"])
def test_a_kept_checkpoint_that_was_altered_is_named_by_who_would_build_on_it(told: Office, change: str) -> None:
    """Nothing is signed on top of it, and no proof or verdict passes over it."""
    told.evidence.tamper(f"UPDATE checkpoint SET note = {change} WHERE size = (SELECT max(size) FROM checkpoint)")  # noqa: S608  our own words
    for words in (("audit", "checkpoint", "--now"), ("audit", "verify"), ("audit", "proof", "--subject", NUMBER)):
        done = told.guantong(*words)
        assert done.exit_code == 1, words
        assert "GT393" in done.stderr, words
