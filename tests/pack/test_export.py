"""`guantong audit export`: all of a case in one file, masked unless somebody says why, journaled, the same bytes again, never half."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.attachments import PDF
from tests.journey.world import Clock, step, world
from tests.operations.test_hub import hub_on, tell
from tests.pack.office import (
    COUNTY,
    OPINION,
    PERSON,
    WHY,
    Office,
    altered,
    checked,
    contents,
    repacked,
    waited,
    wrong,
)
from tests.proof.evidence import KEY, PRIVATE, signed
from tests.retention.keeping import keeping, pruned, whole_case

from guantong.cli import audit_export
from guantong.control import ask_export
from guantong.operations import Act
from guantong.operations.exporting import Export
from guantong.pack import values
from guantong.pack.rules import COLUMNS, as_csv, as_line
from guantong.proof.signingkey import write_private


def journaled(home: Path, what: str) -> list[tuple[int, str, dict[str, Any]]]:
    """Subject, actor and detail of the lines of this kind."""
    with sqlite3.connect(home / "var/guantong.db") as store:
        rows = store.execute("SELECT subject, actor, detail FROM journal WHERE what = ? ORDER BY id", (what,)).fetchall()
    store.close()
    return [(*row[:2], json.loads(row[2])) for row in rows]


def test_a_pack_holds_all_of_a_case_and_verifies_with_what_it_brings(office: Office, tmp_path: Path) -> None:
    """By the verifier that lies in it, alone, with the key and the checkpoints from elsewhere."""
    made = office.export("P1")
    files = contents(made.read_bytes())
    assert {"README.txt", "pack.json", "journal.csv", "journal.jsonl", "records.json", "events.jsonl", "lineage.json", "lineage.csv", "proof.json",
            "consistency.json", "public-key.txt", "verify.py", "manifest.json", "电子数据提取笔录.docx", "电子数据提取固定清单.docx",
            "电子数据提取笔录.txt", "电子数据提取固定清单.txt", "mappings/versions.json"} <= set(files)
    assert any(body == PDF for name, body in files.items() if name.startswith("attachments/"))
    assert OPINION.encode() in files["records/M1-received.json"]
    (tmp_path / "verify.py").write_bytes(files["verify.py"])
    (tmp_path / "public.txt").write_text(KEY.verifier.text + "\n", encoding="utf-8")
    (tmp_path / "outside").write_text(office.outside, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-S", "verify.py", str(made), "--key", "public.txt", "--against", "outside"], cwd=tmp_path,  # noqa: S603  our own interpreter and file
                          capture_output=True, text=True, check=False, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "✓ 核验通过 · Verified"
    assert "外部对照：该检查点与外部保存的逐字相同" in done.stdout
    assert office.guantong("audit", "verify", "--pack", str(made)).exit_code == 0
    (tmp_path / "empty").write_text("")
    for option in ("--against", "--exported"):
        nothing = subprocess.run([sys.executable, "-I", "-S", "verify.py", str(made), "--key", "public.txt", option, "empty"], cwd=tmp_path,  # noqa: S603  our own interpreter and file
                                 capture_output=True, text=True, check=False, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"})
        assert nothing.returncode == 1, "an empty file is something else than none"
        assert "核验通过" not in nothing.stdout
    (tmp_path / "nothing").write_text("\n")
    empty = office.guantong("audit", "verify", "--pack", str(made), "--against", str(tmp_path / "nothing"))
    assert (empty.exit_code, empty.stdout) == (1, "")
    assert "this file holds no checkpoint, and the journal was signed: it is empty" in empty.stderr


def test_a_pack_holds_what_was_done_with_a_record_before_it_found_the_case(tmp_path: Path) -> None:
    """Parked, then replayed by somebody: proved like the lines of the case, and nothing of anybody else's record; so `audit verify`."""
    office = waited(tmp_path / "home")
    made = office.export("P1").read_bytes()
    lines = [json.loads(line) for line in contents(made)["journal.jsonl"].splitlines()]
    assert [(one["what"], one["subject"], one["message"]) for one in lines] == [
        ("parked", 0, 1), ("replayed", 0, 1), ("routed", 1, 1), ("confirmed", 1, 0), ("confirmed", 1, 0)]
    assert "列名已补" in next(one["detail"] for one in lines if one["what"] == "replayed")
    assert wrong(made, office.outside) == []
    verified = json.loads(office.guantong("audit", "verify", "P1", "--json").stdout)
    assert (verified["verified"], verified["entries"]) == (True, len(lines))


def test_a_line_of_no_case_that_is_about_nobodys_record_is_no_part_of_a_pack(tmp_path: Path) -> None:
    """Another's record that waits: a line of the same log, and not of this case."""
    office = waited(tmp_path / "home")
    made, other = (office.export(key, name=f"{key}.zip").read_bytes() for key in ("P1", "M2"))
    line = json.loads(contents(other)["journal.jsonl"].splitlines()[0])
    entry = json.loads(contents(other)["proof.json"])["entries"][0]
    files = contents(altered(made, "proof.json", lambda told: told["entries"].insert(1, entry)))
    rows = sorted([json.loads(one) for one in files["journal.jsonl"].splitlines()] + [line], key=lambda one: one["entry"])
    listed = [[one[name] for name in COLUMNS] for one in rows]
    text = b"".join(as_line(row, one["leaf"]) + b"\n" for row, one in zip(listed, rows, strict=True))
    forged = repacked({**files, "journal.jsonl": text, "journal.csv": as_csv(listed).encode()})
    assert ("chain", "fails", "chain.foreign") in wrong(forged, office.outside)


def test_what_is_masked_holds_no_personal_value_and_no_salt(office: Office) -> None:
    """Unless somebody says why: then it says what is left out, and its lines can be verified all the same."""
    made = office.export("P1", "--as", "陈工")
    files = contents(made.read_bytes())
    everything = made.read_bytes()
    for secret in (OPINION, PERSON):
        assert secret.encode() not in everything
        assert secret.encode("unicode_escape") not in everything
    assert [name for name in files if name.startswith(("records/", "attachments/"))] == []
    assert {one["why"] for one in json.loads(files["records.json"])["records"]} == {"masked"}
    assert b"salt" not in files["records.json"]
    assert wrong(made.read_bytes()) == []
    assert checked(made.read_bytes())["bytes"].key == "bytes.masked"
    assert "脱敏包：不含报文原文及其盐值" in files["README.txt"].decode("utf-8-sig")
    assert OPINION.encode() in office.export("P1", name="clear.zip").read_bytes()


def test_a_masked_pack_proves_the_values_that_it_tells(office: Office) -> None:
    """One by one, as they were accepted; of the personal ones there is a hash. In clear all are shown."""
    masked = office.export("P1", "--as", "陈工", name="masked.zip").read_bytes()
    clear = office.export("P1").read_bytes()
    told, all_told = (contents(one)["fields.json"].decode() for one in (masked, clear))
    assert ("step.code" in told, "step.opinion" in told, OPINION in told) == (True, False, False)
    assert OPINION in all_told
    few, more = (checked(one)["fields"] for one in (masked, clear))
    assert (few.verdict, more.verdict, 0 < few.details["count"] < more.details["count"]) == ("ok", "ok", True)


def test_who_took_what_out_and_why_is_in_the_journal(office: Office) -> None:
    """With the SHA-256 of the file; who takes it in clear, before anything is read."""
    import hashlib

    made = office.export("P1")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    assert journaled(office.folder, "unmasked") == [(1, "陈工", {"why": "行政复议调取"})]
    size = json.loads(contents(made.read_bytes())["pack.json"])["size"]
    assert journaled(office.folder, "exported") == [(1, "陈工", {"sha256": digest, "masked": False, "checkpoint": size, "why": "行政复议调取"})]
    refused = office.guantong("audit", "export", "P1", "--unmask", "--as", "陈工", "--to", str(office.folder / "other.zip"))
    assert (refused.exit_code, "GT779" in refused.stderr, (office.folder / "other.zip").exists()) == (2, True, False)


def test_a_list_writes_nothing_and_journals_nothing(office: Office) -> None:
    """Nor does it ask who one is."""
    before = sorted(office.folder.rglob("*.zip"))
    done = office.guantong("audit", "export", "P1", "--unmask", "--list")
    assert done.exit_code == 0
    assert "records/M1-received.json" in done.stdout
    assert "Nothing was written or journaled." in done.stdout
    assert {"proof.json", "records/M1-received.json"} <= {one["name"] for one in json.loads(office.guantong(
        "audit", "export", "P1", "--unmask", "--list", "--json").stdout)["files"]}
    assert (sorted(office.folder.rglob("*.zip")), journaled(office.folder, "exported"), journaled(office.folder, "unmasked")) == (before, [], [])


def test_the_same_case_at_the_same_moment_gives_the_same_bytes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the time of day of the files in it. What was exported before stands in the journal then, behind the checkpoint."""
    monkeypatch.setattr(audit_export, "now_ms", lambda: 1_405_391_500_000)
    monkeypatch.setattr(audit_export, "newest_of", lambda _reader, _key: {1: 10_000})
    monkeypatch.setattr(audit_export, "keep", _kept_nothing)
    monkeypatch.setattr(audit_export, "journaled", lambda *_: None)
    assert office.export("P1").read_bytes() == office.export("P1", name="again.zip").read_bytes()


async def _kept_nothing(*_: object) -> None:
    """As if the journal took a line."""


def test_a_pack_that_cannot_be_journaled_is_not_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a half of it; nor is a file that was there written over."""
    from guantong.store import StoreFailed

    async def full(*_: object) -> None:
        raise StoreFailed("the store cannot write: SQLITE_FULL")

    monkeypatch.setattr("guantong.cli.audit_export.journal_export", full)
    before = sorted(office.folder.iterdir())
    refused = office.guantong("audit", "export", "P1", "--as", "陈工", "--to", str(office.folder / "x.zip"))
    assert (refused.exit_code, "[GT608]" in refused.stderr, sorted(office.folder.iterdir())) == (1, True, before)
    monkeypatch.undo()


def test_a_file_that_is_there_is_never_written_over(office: Office) -> None:
    (office.folder / "x.zip").write_bytes(b"mine")
    refused = office.guantong("audit", "export", "P1", "--as", "陈工", "--to", str(office.folder / "x.zip"))
    assert (refused.exit_code, (office.folder / "x.zip").read_bytes()) == (1, b"mine")
    assert refused.stderr.startswith("x.zip 已存在，未改动; 请用 --to 另指定文件名 [GT968]")
    nowhere = office.guantong("audit", "export", "P1", "--as", "陈工", "--to", str(office.folder / "nowhere/x.zip"))
    assert (nowhere.exit_code, "取证包写入失败：文件不存在" in nowhere.stderr, "[GT969]" in nowhere.stderr) == (1, True, True)
    made = office.export("P1")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_store_that_was_tampered_with_is_handed_out_as_it_is_and_told(office: Office) -> None:
    """Whoever exports hears at once what whoever verifies would find."""
    with sqlite3.connect(office.folder / "var/guantong.db") as store:
        store.execute("UPDATE journal SET actor = '李工' WHERE id = 1")
    store.close()
    made = office.folder / "pack.zip"
    done = office.guantong("audit", "export", "P1", "--to", str(made), *WHY)
    assert done.exit_code == 1
    assert done.stderr == ("✗ 第 1 条不在该检查点的日志中，或已被改动\n    entry 1 is not in the log of the checkpoint, or was altered\n"
                           "✗ 日志清单第 1 条与已核验的条目不一致\n    line 1 in the list is not what was verified\n"
                           "✗ 第 2 条指明其上一条为 1，而后者不在包中\n    entry 2 names 1 as the one before it, which is not in the pack\n"
                           "✗ M1 没有对应的已核验条目\n    M1 belongs to no verified line\n"
                           "✗ M1 所出示的字段与当时的承诺不一致，或不完整\n    the values shown of M1 are not those that were committed to, or not whole\n"
                           "交换日志第 E1 条（routed，2014-07-15 10:30:00，树中第 1 号）与封存时不一致; 请保全数据库现状，查明何人绕过中枢写入 [GT946]\n"
                           "    entry E1 (routed, 2014-07-15 10:30:00, number 1 of the tree) is not as it was sealed; keep the database as it is and find "
                           "out who wrote to it beside the hub\n")
    assert ("entries", "fails", "entries.bad") in wrong(made.read_bytes())


def test_what_is_unknown_or_not_signed_is_told(office: Office) -> None:
    done = office.guantong("audit", "export", "P404", "--as", "陈工")
    assert (done.exit_code, done.stderr) == (1, "没有找到 P404 / nothing is known of P404\n")
    done = office.guantong("audit", "export", "P1", "--as", "陈工", "--checkpoint", "2")
    assert (done.exit_code, "[GT984]" in done.stderr) == (1, True)
    (first, last) = (int(one.split("\n")[1]) for one in office.outside.split("\n\n")[0:3:2])
    done = office.guantong("audit", "export", "P2", "--as", "陈工", "--checkpoint", str(first))
    assert (done.exit_code, "[GT985]" in done.stderr) == (1, True)
    made = office.export("P1", "--as", "陈工", "--checkpoint", str(first))
    assert wrong(made.read_bytes(), office.outside) == [("entries", "open", "entries.unproved")]
    assert last > first


def test_two_cases_that_became_one_hang_together(office: Office) -> None:
    """By any of their numbers; the lines of both are there."""
    for number in ("P2", "P3"):
        made = office.export(number, name=f"{number}.zip").read_bytes()
        found = checked(made, office.outside)
        assert found["chain"].verdict == "ok"
        office_lines = [json.loads(line) for line in contents(made)["journal.jsonl"].splitlines()]
        assert {one["subject"] for one in office_lines} == {2, 3}


def test_the_tables_are_read_by_excel_and_take_no_formula(office: Office) -> None:
    """A BOM, whole lines; nothing begins as a formula does."""
    files = contents(office.export("P1").read_bytes())
    for name in ("journal.csv", "lineage.csv"):
        text = files[name].decode("utf-8")
        assert text.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(text[1:], newline="")))
        assert len(rows) > 3
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row)
        assert not any(cell.isdigit() and len(cell) > 15 for row in rows for cell in row)  # Excel would keep fifteen digits of it


def test_every_value_of_every_record_has_its_lineage(office: Office) -> None:
    """Recomputed as it was kept, by a version whose files are in the pack."""
    files = contents(office.export("P1").read_bytes())
    hops = json.loads(files["lineage.json"])["hops"]
    records = json.loads(files["records.json"])["records"]
    assert {hop["id"] for hop in hops} == {one["of"] for one in records}
    assert {hop["verdict"] for hop in hops} == {"same"}
    versions = {one["version"]: one["folders"] for one in json.loads(files["mappings/versions.json"])["versions"]}
    assert {hop["version"] for hop in hops} == set(versions)
    for folders in versions.values():
        assert all(any(name.startswith(f"mappings/{folder}/") for name in files) for folder in folders)


def test_a_mapping_version_that_is_gone_is_told_and_stops_nothing(office: Office) -> None:
    """Which values cannot be recomputed, and why, in the pack and on the screen."""
    for file in (office.folder / "var/mappings/dialects").iterdir():
        file.unlink()
    mapping = office.folder / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("  title: title\n", "  title: {at: title, via: [trim]}\n"), encoding="utf-8")
    made = office.export("P1")
    files = contents(made.read_bytes())
    assert "gone" in {hop["verdict"] for hop in json.loads(files["lineage.json"])["hops"]}
    assert "无法重新计算" in files["README.txt"].decode("utf-8-sig")
    assert wrong(made.read_bytes(), office.outside) == []


def test_an_attachment_that_is_gone_leaves_the_record_checkable(office: Office) -> None:
    """It is named as missing; so it is where attachments are left out."""
    slim = contents(office.export("P1", *WHY, "--no-attachments", name="slim.zip").read_bytes())
    for blob in (office.folder / "var/blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    made = office.export("P1").read_bytes()
    for files in (slim, contents(made)):
        told = {one["of"]: one for one in json.loads(files["records.json"])["records"]}
        assert told["M2"]["file"] == told["M2"]["committed"] == "records/M2-committed.txt"
        assert len(told["M2"]["attachments_missing"]) == 1
        assert "附件未列入 1 个" in files["README.txt"].decode("utf-8-sig")
    assert wrong(made, office.outside)[:1] == [("entries", "open", "entries.unproved")]
    assert checked(made)["bytes"].verdict == "ok"


@pytest.mark.parametrize("by", ["period", "person"])
def test_what_went_is_told_by_the_journal(tmp_path: Path, by: str) -> None:
    """The lines are proved as ever; that contents went is no gap, as a line says so."""

    async def live() -> None:
        async with keeping(tmp_path) as it:
            await whole_case(it, "P1")
            await signed(it.engine)
            await (pruned(it, 201) if by == "period" else it.act(Act.REDACT, "P1", why="当事人申请删除"))
            await signed(it.engine)

    asyncio.run(live())
    write_private(tmp_path / "var/keys/audit.key", PRIVATE)
    made = Office(tmp_path).export("P1").read_bytes()
    assert wrong(made) == []
    found = checked(made)["bytes"]
    assert (found.key, found.details["count"], found.details["gone"] > 0) == ("bytes.gone", 0, True)
    files = contents(made)
    assert {one["why"] for one in json.loads(files["records.json"])["records"]} == {"pruned"}
    assert "内容已清除" in files["README.txt"].decode("utf-8-sig")


def test_a_message_that_is_of_no_case_is_handed_out_by_its_own_number(tmp_path: Path) -> None:
    """What could not be mapped: its line and its bytes, and why it was parked."""

    async def live() -> None:
        async with world(tmp_path, clock=Clock()) as it:
            await it.tell(COUNTY, {"type": "step", "no": "P1"})
            await signed(it.engine)

    asyncio.run(live())
    write_private(tmp_path / "var/keys/audit.key", PRIVATE)
    made = Office(tmp_path).export("M1").read_bytes()
    found = checked(made)
    assert (wrong(made), found["chain"].key, found["bytes"].details["count"]) == ([], "chain.none", 1)
    assert journaled(tmp_path, "exported")[0][0] == 0


def test_the_documents_have_what_the_rules_ask_for_and_places_to_sign(office: Office) -> None:
    """Word and text; the list names every file with its checksum."""
    files = contents(office.export("P1").read_bytes())
    record = files["电子数据提取笔录.txt"].decode("utf-8-sig")
    for heading in ("案由", "提取对象和内容", "提取时间", "提取地点", "设备", "提取方法", "提取过程", "完整性校验值", "见证人", "持有人（提供人）"):
        assert heading in record
    assert "行政复议调取" in record
    listed = files["电子数据提取固定清单.txt"].decode("utf-8-sig")
    manifest = {one["name"]: one["sha256"] for one in json.loads(files["manifest.json"])["files"]}
    assert all(manifest[name] in listed for name in ("proof.json", "records/M1-received.json"))
    with zipfile.ZipFile(io.BytesIO(files["电子数据提取笔录.docx"])) as word:
        assert "见证人" in word.read("word/document.xml").decode()


async def test_a_running_hub_keeps_the_journal(tmp_path: Path) -> None:
    """Asked over its socket; what is no such order is refused."""
    async with hub_on(tmp_path, {}) as hub:
        await tell(hub, step("1", "P1"))
        await ask_export(tmp_path, Export("陈工", "", [1], 0, True, "ab", 9))
        await ask_export(tmp_path, Export("陈工", "x" * 1000, [], 7, False, "cd", 9))
        assert [(one[0], one[2]) for one in journaled(tmp_path, "exported")] == [
            (1, {"sha256": "ab", "masked": True, "checkpoint": 9}),
            (0, {"sha256": "cd", "masked": False, "checkpoint": 9, "why": "x" * 500})]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"])
def test_no_cell_of_a_table_begins_as_a_formula_does(cell: str) -> None:
    """A source chooses its values, and an Excel for Chinese takes wide signs for the others."""
    assert values._table([{"way": "in", "id": "M1", "system": "a", "event": "e", "plan": "p", "verdict": "same", "fields": [{"value": cell}]}]).count(f"'{cell[0]}") == 1


def test_a_line_of_the_journal_is_written_in_one_way() -> None:
    """By whatever writes it: also what packs of earlier versions hold, which another library wrote, fits."""
    for odd in ("\x01\b\t\n\f\r\x1f\x7f\u2028\"\\/", "张三 𠮷 é", ""):
        row = [1, 0, 5, "routed", 1, 1, 0, "a.b", odd, f'{{"why":"{odd}"}}', ""]
        assert as_line(row, None) == orjson.dumps({**dict(zip(COLUMNS, row, strict=True)), "leaf": None})
