"""Mistakes in the settings of a file drop, as `check` tells them: at their line, with a code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from guantong.config import load
from guantong.plugins import registry
from guantong.starter import starter

HUILAI, PROFILE = "config/counties/huilai.yaml", "config/profiles/county-files.yaml"
PLACE = "{local: {folder: /srv/exchange/huilai}}"
AT = "config/counties/huilai.yaml:"
IN = "config/profiles/county-files.yaml:"

# what is wrong: (file, text before, text after, the start of each line reported)
MISTAKES: dict[str, tuple[str, str, str, list[str]]] = {
    "no place": (HUILAI, PLACE, "{}", [
        f"{AT}13:7 systems.approval.settings.place: say one of `local:`, `sftp:` and `ftp:`",
    ]),
    "a host key left out": (HUILAI, PLACE, "{sftp: {host: h, user: u}}", [
        f"{AT}13:15 systems.approval.settings.place.sftp.host_keys: the key 'host_keys' is missing",
    ]),
    "a host key that is none": (HUILAI, PLACE, "{sftp: {host: h, user: u, host_keys: any}}", [
        f"{AT}13:51 systems.approval.settings.place.sftp.host_keys: expected a fingerprint (SHA256:…)",
    ]),
    "a password nobody gives": (HUILAI, PLACE, f"{{sftp: {{host: h, user: u, host_keys: 'SHA256:{'A' * 43}'}}}}", [
        f"{AT}7:3 systems.approval.secrets: the secret 'password' is needed",
    ]),
    "a charset nobody knows": (HUILAI, "charset: gbk", "charset: gbkk", [
        f"{AT}14:16 systems.approval.settings.charset: there is no charset 'gbkk'",
    ]),
    "a key spelt otherwise": (HUILAI, "charset: gbk", "charsett: gbk", [
        f"{AT}14:7 systems.approval.settings.charsett: the key 'charsett' is not known here; did you mean 'charset'?",
    ]),
    "a folder that leads elsewhere": (PROFILE, "folder: out", "folder: ../out", [
        f"{IN}11:15 settings.poll[0].folder: expected a folder inside the place",
    ]),
    "a name that mixes deliveries up": (PROFILE, "_{key}.xml", ".xml", [
        f"{IN}19:5 settings.send.*: `name:` needs {{key}}, or one delivery replaces another",
    ]),
    "a marker that marks nothing": (PROFILE, 'complete: {marker: "{name}.ok"}', "complete: {marker: .ok}", [
        f"{IN}13:26 settings.poll[0].complete.marker: expected {{name}} or {{stem}} in it",
    ]),
    "a split by nothing": (PROFILE, 'complete: {marker: "{name}.ok"}', "split: {each: 100}", [
        f"{IN}13:7 settings.poll[0].split: say one of `csv:`, `xml:`, `json:` and `xlsx:`",
    ]),
    "a split of what has attachments": (PROFILE, 'complete: {marker: "{name}.ok"}', "split: {csv: {}}\n      beside: {into: ATTACH_BODY}", [
        f"{IN}11:7 settings.poll[0]: `split:` and `beside:` do not go together",
    ]),
    "a path of elements that is none": (PROFILE, 'complete: {marker: "{name}.ok"}', "split: {xml: {records: /Package}}", [
        f"{IN}13:30 settings.poll[0].split.xml.records: expected names of elements from the root on",
    ]),
    "a count among the records": (PROFILE, 'complete: {marker: "{name}.ok"}', "split: {xml: {records: P/B, count: P/B/N}}", [
        f"{IN}13:15 settings.poll[0].split.xml: `count:` is an element beside the records",
    ]),
    "our own files read": (PROFILE, "folder: in", "folder: out", [
        f"{AT}12:5 systems.approval.settings: a folder is both read and written",
    ]),
    "a limit beyond memory": (PROFILE, "  order: name", "  largest: 1GiB\n  order: name", [
        f"{IN}9:12 settings.largest: expected a value of at most 67108864",
    ]),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_said_at_its_line(tmp_path: Path, mistake: tuple[str, str, str, list[str]]) -> None:
    """One mistake, one line."""
    file, before, after, lines = mistake
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), tmp_path / kind)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    problems = load(tmp_path, registry(), {}, secrets=False).problems
    told = [problem.line() for problem in problems if problem.code.severity == "error"]
    assert len(told) == len(lines), told
    for line, start in zip(told, lines, strict=True):
        assert line.startswith(start), line
