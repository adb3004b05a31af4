"""What is claimed of a pack and does not hold is said, claim by claim; what is hostile is bounded; nothing is ever called verified by mistake."""

from __future__ import annotations

import ast
import base64
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.pack.forgeries import FORGED_FILES, FORGERIES, NO_PACKS, directory_of
from tests.pack.office import Office, altered, checked, contents, repacked, wrong
from tests.proof.evidence import KEY

from guantong.pack.assembled import verify_py
from guantong.pack.claim import verified
from guantong.pack.says import SAYS, TITLES
from guantong.proof.note import SigningKey, new_key

LOG = KEY.verifier.name


def test_an_honest_pack_is_verified(pack: bytes, lived_in: Office) -> None:
    """Every claim, also where its files were put into another archive as they are."""
    assert wrong(pack, lived_in.outside) == []
    assert wrong(repacked(contents(pack), told=False), lived_in.outside) == []
    assert verified(list(checked(pack, lived_in.outside).values()))
    assert {name: one.verdict for name, one in checked(pack, lived_in.outside).items() if one.verdict != "ok"} == {"exported": "none"}


@pytest.mark.parametrize(("change", "key"), NO_PACKS)
def test_what_is_no_pack_of_ours_is_told(pack: bytes, change: Callable[[bytes], bytes], key: str) -> None:
    """Truncated, foreign, compressed, with names that lead elsewhere: the first claim fails, and none is verified."""
    found = checked(change(pack))
    assert (found["form"].verdict, found["form"].key) == ("fails", key)
    assert not verified(list(found.values()))


def test_every_byte_of_an_archive_is_accounted_for(pack: bytes) -> None:
    """Whatever is changed anywhere, something is said not to hold; never a crash."""
    chance = random.Random(6962)  # noqa: S311  any places do, the same each time
    start = directory_of(pack)
    for at in [*chance.sample(range(start), 12), *chance.sample(range(start, len(pack)), 12), *range(len(pack) - 22, len(pack)), *range(30)]:
        changed = bytearray(pack)
        changed[at] ^= 1 << chance.randrange(8)
        assert not verified(list(checked(bytes(changed)).values())), at


def test_what_the_manifest_does_not_fit_is_named(pack: bytes) -> None:
    """Altered, missing, or more than it names."""
    files = contents(pack)
    assert wrong(repacked({**files, "history.txt": b"another"}, told=False)) == [("manifest", "fails", "manifest.differs")]
    assert wrong(repacked({**files, "more.txt": b"x"}, told=False)) == [("manifest", "fails", "manifest.more")]
    del files["history.txt"]
    assert wrong(repacked(files, told=False)) == [("manifest", "fails", "manifest.lacks")]


@pytest.mark.parametrize("key", ["", "nonsense", "a+b+c", "city.example/test+00000000+AAAA"])
def test_a_key_that_is_none_verifies_nothing(pack: bytes, key: str) -> None:
    """With the pack's own nothing is called verified either."""
    assert wrong(pack, key=key) == [("key", "open", "key.own") if not key else ("key", "fails", "key.bad")]


def test_a_key_that_does_not_fit_is_told(pack: bytes) -> None:
    """Another log's; another of the same name."""
    for name in ("city.example/other", LOG):
        other = SigningKey(new_key(name)).verifier.text
        assert wrong(pack, key=other) == [("checkpoint", "fails", "checkpoint.bad")]
        assert wrong(pack, key=f"{other}\n{KEY.verifier.text}\n") == []


def _forged(text: str, key: SigningKey = KEY) -> str:
    return key.sign(text)


def test_checkpoints_from_outside_decide(pack: bytes, lived_in: Office) -> None:
    """Older ones prove what is before them; one of another log, one that contradicts, one that nobody signed fail."""
    first, last = ("\n\n".join(part) for part in _pairs(lived_in.outside))
    assert wrong(pack, f"{last}\n") == []
    found = checked(pack, f"{first}\n")["outside"]
    assert (found.verdict, found.key, found.details["covered"] > 0, found.details["left"] > 0) == ("ok", "outside.older", True, True)
    size = int(last.split("\n")[1])
    root = base64.b64encode(bytes(32)).decode()
    fork = _forged(f"{LOG}\n{size}\n{root}\nhash sha256\n")
    assert wrong(pack, f"{first}\n\n{fork}") == [("outside", "fails", "outside.fork")]
    other = SigningKey(new_key("city.example/other"))
    assert wrong(pack, _forged(f"city.example/other\n{size}\n{root}\n", other)) == [("outside", "fails", "outside.other")]
    assert wrong(pack, last.replace(last.split("\n")[2], root) + "\n") == [("outside", "fails", "outside.bad")]
    assert wrong(pack, "nothing of the kind") == [("outside", "fails", "outside.text")]
    assert wrong(pack, _forged(f"{LOG}\n{size + 9}\n{root}\nhash sha256\n")) == [("outside", "open", "outside.apart")]


def _pairs(text: str) -> list[tuple[str, str]]:
    parts = [one for one in text.split("\n\n") if one.strip()]
    return [(parts[at].strip("\n"), parts[at + 1].strip("\n")) for at in range(0, len(parts), 2)]


@pytest.mark.parametrize(("name", "change", "expected"), FORGERIES)
def test_a_forger_who_makes_the_manifest_fit_is_found(pack: bytes, name: str, change: Callable[[Any], Any], expected: list[tuple[str, str, str]]) -> None:
    """By the claim that fails."""
    assert wrong(altered(pack, name, change))[:len(expected)] == expected


@pytest.mark.parametrize(("change", "expected"), FORGED_FILES)
def test_what_a_forger_puts_in_or_takes_out_is_found(
    pack: bytes, change: Callable[[dict[str, bytes]], dict[str, bytes]], expected: tuple[str, str, str],
) -> None:
    """A file under a name that people take for another's, a line behind the last, a line that is gone: it is never verified."""
    forged = repacked(change(contents(pack)))
    assert wrong(forged)[:1] == [expected]
    assert not verified(list(checked(forged).values()))


def test_altered_bytes_of_a_record_or_its_attachment_are_found(pack: bytes) -> None:
    """Of the plain record, of the committed bytes, of the attachment, of the file that people read."""
    files = contents(pack)
    folded = next(one for one in json.loads(files["records.json"])["records"] if one.get("attachments"))
    attachment = next(iter(folded["attachments"].values()))
    for name, key in (("records/M1-received.json", "bytes.differs"), (folded["committed"], "bytes.differs"), (attachment, "bytes.contents"),
                      (folded["file"], "bytes.whole")):
        forged = {**files, name: files[name][:-2] + b"X" + files[name][-1:]}
        assert wrong(repacked(forged)) == [("bytes", "fails", key)], name


@pytest.mark.parametrize("name", ["records/M99-received.json", "attachments/contract.pdf"])
def test_a_record_that_was_put_in_is_never_passed_over(pack: bytes, name: str) -> None:
    """People read what lies there: what no line binds us to fails, however well the manifest fits."""
    assert wrong(repacked({**contents(pack), name: b"made up"})) == [("bytes", "fails", "bytes.more")]


@pytest.mark.parametrize(("name", "before", "after", "key"), [
    ("journal.csv", "routed", "refused", "journal.csv"), ("journal.jsonl", '"what":"routed"', '"what":"refused"', "journal.differs"),
    ("journal.jsonl", '{"entry"', '{"entrx"', "journal.form"),
])
def test_the_lists_that_people_read_say_what_was_verified(pack: bytes, name: str, before: str, after: str, key: str) -> None:
    files = contents(pack)
    files[name] = files[name].decode().replace(before, after).encode()
    assert wrong(repacked(files)) == [("journal", "fails", key)]


def test_lines_that_are_made_up_are_not_proved(pack: bytes) -> None:
    """One that says it is newer than the checkpoint is counted as not proved."""
    files = contents(pack)
    line = {**json.loads(files["journal.jsonl"].splitlines()[-1]), "entry": 9999, "leaf": None}
    files["journal.jsonl"] += json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    assert ("entries", "open", "entries.unproved") in wrong(repacked(files))


def test_the_assembled_file_is_one_program_for_old_pythons() -> None:
    """No name is defined twice in it, none of ours is imported, and Python 3.8 reads it."""
    text = verify_py()
    tree = ast.parse(text, feature_version=(3, 8))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names += [target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)]
    assert sorted(names) == sorted(set(names))
    modules = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {one.partition(".")[0] for one in modules} <= set(sys.stdlib_module_names)


def test_both_languages_say_the_same_details() -> None:
    """And each is told of each claim."""
    fields = {key: tuple(sorted(_fields(one)) for one in both) for key, both in SAYS.items()}
    assert {key: both for key, both in fields.items() if both[0] != both[1] and not key.endswith("bad")} == {}
    assert {key.partition(".")[0] for key in SAYS} - {"unchecked", "verified", "refused", "open"} == set(TITLES)


def _fields(text: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_the_command_line_tells_packs_and_proofs_apart(pack: bytes, tmp_path: Path) -> None:
    """Wrong usage is 2, what does not hold 1; as JSON, too."""
    (tmp_path / "verify.py").write_text(verify_py(), encoding="utf-8")
    (tmp_path / "pack.zip").write_bytes(pack)
    (tmp_path / "proof.json").write_bytes(contents(pack)["proof.json"])
    (tmp_path / "torn.zip").write_bytes(pack[:100])

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-I", "-S", "verify.py", *words], cwd=tmp_path, capture_output=True, text=True, check=False,  # noqa: S603  our own interpreter and file
                              encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"})
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    key = KEY.verifier.text
    assert run("pack.zip", "--key", key)[0] == 0
    status, told = run("pack.zip", "--key", key, "--json")
    assert (status, json.loads(told)["verified"]) == (0, True)
    assert run("pack.zip") == (1, run("pack.zip")[1])
    assert "核验通过" not in run("pack.zip")[1]
    assert run("proof.json", "--key", key)[0] == 0
    assert run("torn.zip", "--key", key)[0] == 1
    assert run("nowhere.zip")[0] == 2
    assert run("pack.zip", "--key")[0] == 2
    assert run()[0] == 2
