"""A pack brings the time stamps of its checkpoints, in a form that others' tools check."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.journey.world import configured
from tests.pack.office import HUB, Office, contents, wrong
from tests.pack.test_page import same_verdicts
from tests.proof.authority import Authority
from tests.proof.evidence import KEY

from guantong.cli import audit_stamp

pytest.importorskip("rfc3161_client", reason="needs the extra stamp")
pytest.importorskip("asn1crypto", reason="needs the extra stamp")


def test_openssl_checks_the_stamp_of_a_pack(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the checkpoint that lies beside it; both verifiers take the pack as any other."""
    monkeypatch.setattr(audit_stamp, "configuration", lambda home: configured(home, {}))
    authority = Authority(tmp_path / "tsa")
    shutil.copy(authority.ca, office.folder / "ca.pem")
    hub = office.folder / HUB
    hub.write_text(hub.read_text(encoding="utf-8").replace("audit: {", "audit: {tsa: {ca: ca.pem}, "), encoding="utf-8")
    request = office.folder / "asked.tsq"
    assert office.guantong("audit", "stamp", "request", "--to", str(request)).exit_code == 0
    assert office.guantong("audit", "stamp", "import", str(authority.answer(request)), "--as", "陈工").exit_code == 0
    pack = office.export("P1").read_bytes()
    assert [one for one in wrong(pack, office.outside) if one[1] == "fails"] == []
    same_verdicts(tmp_path, {"stamped": (pack, KEY.verifier.text, office.outside)})
    files = contents(pack)
    note, answer = sorted((one for one in files if one.startswith("stamps/")), key=lambda one: one.endswith(".tsr"))
    assert files[note] == files["checkpoint.txt"]
    (tmp_path / "note.txt").write_bytes(files[note])
    (tmp_path / "answer.tsr").write_bytes(files[answer])
    done = subprocess.run(["openssl", "ts", "-verify", "-in", "answer.tsr", "-data", "note.txt", "-CAfile", str(authority.ca)], cwd=tmp_path,  # noqa: S603, S607  a tool of the system's, with our own files
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Verification: OK\n")
