"""The documents are true: generated pages are fresh, commands exist, links lead somewhere, examples read."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from guantong.cli import build_app
from guantong.yamlfile import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "mappings").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def _blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            if kind == language:
                yield f"{page.relative_to(ROOT)}#{number}", text


def test_the_generated_reference_is_up_to_date() -> None:
    """docs/reference says what the code says; `make docs` writes it anew."""
    command = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  our own interpreter and file
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_every_yaml_example_reads() -> None:
    """Examples can be copied: each YAML block parses without a problem."""
    problems = {name: [each.line() for each in parse_yaml(text, name)[1]] for name, text in _blocks("yaml")}
    assert {name: found for name, found in problems.items() if found} == {}


def test_every_python_example_reads() -> None:
    """Examples can be copied: each Python block is Python."""
    for name, text in _blocks("python"):
        assert ast.parse(text, name).body


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"[`*]|\(.*?\)", "", heading).strip().lower() for heading in headings)
    return {"".join(letter for letter in text.replace(" ", "-") if letter.isalnum() or letter in "-_") for text in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link names a file that is there, and a heading that is in it."""
    lost = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (heading and heading not in _anchors(target)):
            lost.append(link)
    assert lost == []


@lru_cache(1)
def _program() -> Any:
    return typer.main.get_command(build_app())


def _command(words: list[str]) -> Any:
    """The command that *words* name, or None; options and arguments end the name."""
    found = _program()
    for word in words:
        inner = getattr(found, "commands", None)
        if inner is None or word.startswith("-"):
            return found
        found = inner.get(word)
        if found is None:
            return None
    return found


def test_every_command_in_the_documents_exists() -> None:
    """Each `make` target and each `guantong` verb and option in a shell example can be typed."""
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wrong = []
    for name, text in _blocks("sh"):
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if words[:1] == ["make"]:
                wrong += [f"{name}: {line}" for word in words[1:] if "=" not in word and word not in targets]
            elif words and words[0].endswith("guantong"):
                command = _command(words[1:])
                known = {option for each in getattr(command, "params", ()) for option in each.opts + each.secondary_opts}
                options = {word.partition("=")[0] for word in words if word.startswith("-")} - {"--help"}
                if command is None or options - known:
                    wrong.append(f"{name}: {line}")
    assert wrong == []


def test_both_readmes_lead_to_the_same_places() -> None:
    """The Chinese README is no shorter than the English one: same links, same commands."""
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    languages = {"README.md", "README.zh-CN.md"}
    assert set(LINK.findall(english)) - languages == set(LINK.findall(chinese)) - languages
    commands = [
        [re.split(r"\s+#|\s{2,}", line)[0] for kind, text in BLOCK.findall(readme) if kind == "sh" for line in text.splitlines()]
        for readme in (english, chinese)
    ]
    assert commands[0] == commands[1]


def test_every_decision_is_listed() -> None:
    """The list of decisions names each page once, in the order of their numbers."""
    folder = ROOT / "docs/decisions"
    pages = sorted(path.name for path in folder.glob("0*.md"))
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert listed == pages
    assert len({name[:4] for name in pages}) == len(pages)
