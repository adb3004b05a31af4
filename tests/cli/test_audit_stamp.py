"""`guantong audit stamp`: a checkpoint existed before a time, as an authority says; what is none of its answers proves nothing."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path

import orjson
import pytest
from tests.cli.desk import Desk
from tests.cli.test_audit import Office
from tests.journey.world import configured
from tests.operations.test_hub import hub_on
from tests.proof.authority import Authority
from tests.proof.evidence import DATABASE, HUB, OUTSIDE, PRIVATE, Home, honest

from guantong.cli import audit, audit_keys, audit_stamp
from guantong.control import ask_stamp
from guantong.operations.stamping import Stamped
from guantong.problems import ProblemsError
from guantong.proof import stamping
from guantong.proof.hashing import HASHES
from guantong.proof.signingkey import write_private

pytest.importorskip("rfc3161_client", reason="needs the extra stamp")
pytest.importorskip("asn1crypto", reason="needs the extra stamp")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return honest(tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "tsa")


@pytest.fixture(autouse=True)
def _small_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of these tests has systems that only tests can open."""
    for module in (audit, audit_keys, audit_stamp):
        monkeypatch.setattr(module, "configuration", lambda home: configured(home, {}))


@pytest.fixture
def told(untouched: Home, authority: Authority, tmp_path: Path) -> Office:
    """Three checkpoints outside, and an authority that is believed."""
    shutil.copytree(untouched.folder, tmp_path / "home")
    shutil.copy(authority.ca, tmp_path / "home/ca.pem")
    write_private(tmp_path / "home/var/keys/audit.key", PRIVATE)
    hub = tmp_path / "home" / HUB
    hub.write_text(hub.read_text(encoding="utf-8").replace("audit: {", "audit: {tsa: {ca: ca.pem}, "), encoding="utf-8")
    return Office(untouched._replace(folder=tmp_path / "home"))


def asked(office: Office, name: str = "asked.tsq") -> Path:
    """The file of a request."""
    made = office.guantong("audit", "stamp", "request", "--to", str(office.home / name))
    assert (made.exit_code, made.stderr) == (0, "")
    return office.home / name


def refused(office: Office, file: Path) -> str:
    """The code by which an answer is refused; nothing is kept or journaled of it."""
    done = office.guantong("audit", "stamp", "import", str(file), "--as", "陈工")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert list((office.home / "var/stamps").glob("*.tsr")) == []
    assert office.evidence.ask("SELECT count(*) FROM journal WHERE what = 'stamped'") == [(0,)]
    return done.stderr[done.stderr.index("[GT") + 1:][:5]


@pytest.mark.parametrize("kind", ["sha256", "sm3"])
def test_a_stamp_tells_up_to_which_entry_the_journal_existed_when(told: Office, authority: Authority, kind: str) -> None:
    """Kept here and beside the anchor, journaled with who brought it, told by `audit verify`."""
    hub = told.home / HUB
    hub.write_text(hub.read_text(encoding="utf-8").replace("{ca: ca.pem}", f"{{ca: ca.pem, hash: {kind}}}"), encoding="utf-8")
    size = told.evidence.sizes[-1]
    answer = authority.answer(asked(told))
    done = told.guantong("audit", "stamp", "import", str(answer), "--as", "陈工")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"✓ 前 {size:,} 条在 ")
    (kept,) = (told.home / "var/stamps").glob("*.tsr")
    assert [one.read_bytes() for one in (kept, *(told.home / f"{OUTSIDE}.stamps").iterdir())] == [answer.read_bytes()] * 2
    ((actor, detail),) = told.evidence.ask("SELECT actor, detail FROM journal WHERE what = 'stamped'")
    assert (actor, orjson.loads(str(detail))["checkpoint"]) == ("陈工", size)
    found = told.json("audit", "verify")
    assert (found["verified"], found["stamps_not_checked"], [(one["size"], one["tsa"]) for one in found["stamps"]]) == (
        True, 0, [(size, "CN=示例时间戳机构")])
    assert "之前已存在 · the first" in told.guantong("audit", "verify").stdout
    kept.unlink()  # the copy beside the anchor proves the same
    assert len(told.json("audit", "verify")["stamps"]) == 1
    again = told.guantong("audit", "stamp", "import", str(answer), "--as", "李工", "--json")
    assert (again.exit_code, kept.exists()) == (0, True)


def test_a_certificate_that_was_over_when_it_signed_is_not_believed(told: Office, authority: Authority) -> None:
    assert refused(told, authority.answer(asked(told), "expired")) == "GT937"


def test_a_certificate_for_another_use_is_not_believed(told: Office, authority: Authority) -> None:
    """It is of the same CA and the same key; openssl itself would not stamp with it, so it is put in afterwards."""
    from asn1crypto import cms, tsp  # type: ignore[import-untyped]  # it has no types
    from asn1crypto import x509 as asn1

    file = authority.answer(asked(told))
    answer = tsp.TimeStampResp.load(file.read_bytes())
    other = cms.CertificateChoices("certificate", asn1.Certificate.load(authority.certificate("other_use")))
    answer["time_stamp_token"]["content"]["certificates"] = cms.CertificateSet([other])
    file.write_bytes(answer.dump(force=True))
    assert refused(told, file) == "GT937"


def test_a_signature_by_a_digest_that_can_be_forged_is_not_believed(told: Office, authority: Authority) -> None:
    """SHA-1: it holds, and may hold of another text, too. Strong ones are taken."""
    assert refused(told, authority.answer(asked(told), signs="sha1")) == "GT937"
    told.guantong("audit", "stamp", "import", str(authority.answer(asked(told, "again.tsq"), signs="sha512")), "--as", "陈工")
    assert len(told.json("audit", "verify")["stamps"]) == 1


def test_another_ca_is_not_believed(told: Office, tmp_path: Path) -> None:
    assert refused(told, Authority(tmp_path / "another").answer(asked(told))) == "GT937"


def test_what_answers_no_request_of_this_home_is_refused(told: Office, authority: Authority) -> None:
    """Over something else under our nonce; our checkpoint under another nonce."""
    request = asked(told)
    (known,) = (told.home / "var/stamps").glob("*.tsq")
    data = request.read_bytes()
    note = told.guantong("audit", "checkpoint").stdout
    imprint = HASHES["sha256"].digest(note.encode())
    assert imprint in data
    request.write_bytes(data.replace(imprint, bytes(32)))
    assert refused(told, authority.answer(request)) == "GT936"
    request.write_bytes(data)
    known.unlink()
    assert refused(told, authority.answer(request)) == "GT936"


def test_what_is_no_granted_answer_is_told(told: Office, authority: Authority) -> None:
    """A refusal, a request, nothing, a file that was cut anywhere."""
    request = asked(told)
    assert refused(told, request) == "GT934"
    whole = authority.answer(request).read_bytes()
    broken = told.home / "broken.tsr"
    chance = random.Random(3161)  # noqa: S311  any places do, the same each time
    for at in [0, 1, *chance.sample(range(len(whole)), 3)]:
        broken.write_bytes(whole[:at])
        assert refused(told, broken) == "GT934"
    assert refused(told, told.home) == "GT959"
    broken.write_bytes(bytes(2 * 1024 * 1024))
    assert refused(told, broken) == "GT934"
    assert refused(told, authority.answer(request, digests="sha512")) == "GT935"


def test_a_byte_changed_anywhere_never_makes_another_stamp(told: Office, authority: Authority) -> None:
    """It says the same then, or is refused with a code."""
    whole = authority.answer(asked(told)).read_bytes()
    trust = stamping.roots(authority.ca.read_bytes())
    honest_one = stamping.read(whole)
    stamping.check(honest_one, trust)
    held = 0
    for at in range(0, len(whole), 37):
        try:
            found = stamping.read(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1:])
            stamping.check(found, trust)
        except ProblemsError:
            continue
        held += 1
        assert found[:4] == honest_one[:4]
    assert held < len(whole) / 37 / 2


def test_a_stamp_does_not_cover_a_journal_that_was_altered(told: Office, authority: Authority) -> None:
    """A stamped checkpoint that the tree does not give any more is told, whoever owns the database."""
    told.guantong("audit", "stamp", "import", str(authority.answer(asked(told))), "--as", "陈工")
    shutil.copy(told.home / "backup/guantong.db", told.home / DATABASE)
    found = told.json("audit", "verify")
    assert (found["verified"], found["stamps"]) == (False, [])
    assert "GT939" in {one["code"] for one in found["problems"]}


def test_without_certificates_stamps_are_counted_and_not_believed(told: Office, authority: Authority) -> None:
    """And none is taken in; an auditor gives the certificates by hand."""
    told.guantong("audit", "stamp", "import", str(authority.answer(asked(told))), "--as", "陈工")
    hub = told.home / HUB
    hub.write_text(hub.read_text(encoding="utf-8").replace("tsa: {ca: ca.pem}, ", ""), encoding="utf-8")
    found = told.json("audit", "verify")
    assert (found["verified"], found["stamps"], found["stamps_not_checked"]) == (True, [], 1)
    assert "! 1 份时间戳未核验" in told.guantong("audit", "verify").stdout
    assert len(told.json("audit", "verify", "--tsa-ca", str(authority.ca))["stamps"]) == 1
    done = told.guantong("audit", "stamp", "import", str(told.home / "asked.tsr"), "--as", "陈工")
    assert (done.exit_code, "GT938" in done.stderr) == (2, True)
    done = told.guantong("audit", "verify", "--tsa-ca", str(told.home / HUB))
    assert (done.exit_code, "GT938" in done.stderr) == (2, True)


def test_without_the_packages_it_is_said_which(told: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamping, "find_spec", lambda _name: None)
    done = told.guantong("audit", "stamp", "request", "--to", str(told.home / "a.tsq"))
    assert (done.exit_code, "pip install 'guantong[stamp]'" in done.stderr, (told.home / "a.tsq").exists()) == (2, True, False)


def test_there_is_nothing_to_stamp_before_the_first_checkpoint(told: Office) -> None:
    told.evidence.tamper("DELETE FROM checkpoint")
    done = told.guantong("audit", "stamp", "request")
    assert (done.exit_code, done.stderr) == (1, "尚无检查点 / there is no checkpoint yet\n")
    assert Desk.anywhere("audit", "stamp", "import", str(told.home / "none.tsr"), "--as", "陈工", "--home", str(told.home)).exit_code == 1


async def test_a_running_hub_journals_it(tmp_path: Path) -> None:
    """With who brought it."""
    async with hub_on(tmp_path, {}) as hub:
        await ask_stamp(tmp_path, Stamped("陈工", 9, 1_405_391_400_000, "CN=示例", "ab"))
        numbers = await asyncio.to_thread(lambda: [one.id for one in hub.engine.reader.survey_journal(0, 1000) if one.what == "stamped"])
        assert len(numbers) == 1
