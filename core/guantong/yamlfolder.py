"""A folder of YAML files, read once: what loading, hashing and keeping then work on are the same bytes,
whatever happens to the files meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from guantong.oserrors import in_words
from guantong.problems import Problem
from guantong.yamlfile import MAX_BYTES, Node, parse_bytes, too_large, unreadable


@dataclass(frozen=True)
class YamlFile:
    """One file: its bytes, or why there are none, in English and Chinese."""

    body: bytes
    trouble: tuple[str, str] | None = None

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.body).digest()

    def parse(self, shown: str) -> tuple[Node | None, list[Problem]]:
        """The file as nodes, as `read_yaml` gives it."""
        return (None, [unreadable(shown, *self.trouble)]) if self.trouble else parse_bytes(self.body, shown)


@dataclass(frozen=True)
class YamlFolder:
    """The `*.yaml` files directly in a folder by their names, and its folders; both in order of name."""

    path: Path
    files: Mapping[str, YamlFile] = field(default_factory=dict)
    folders: Mapping[str, YamlFolder] = field(default_factory=dict)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the names and bytes of everything in it, as of a tree in git: it names the content."""
        return hashlib.sha256(self.listing()).digest()

    def listing(self) -> bytes:
        """The lines `kind name hash` of what is directly in it; `digest` is their hash."""
        lines = [f"file {file.digest.hex()} {name}" for name, file in self.files.items()]
        lines += [f"folder {folder.digest.hex()} {name}" for name, folder in self.folders.items()]
        return "".join(f"{line}\n" for line in lines).encode()

    def folder(self, name: str) -> YamlFolder:
        """The folder *name* in it; an empty one where there is none."""
        return self.folders.get(name) or YamlFolder(self.path / name)

    def parse(self, name: str, shown: str) -> tuple[Node | None, list[Problem]]:
        """The file *name* as nodes; problems name it *shown*."""
        file = self.files.get(name)
        if file is None:
            file = read_file(self.path / name)  # it was not there: the operating system says why
        return file.parse(shown)


def read_folder(path: Path, depth: int, without: Collection[str] = ()) -> YamlFolder:
    """What is in *path*, folders in it down to *depth* of them, except those named in *without* and what is
    hidden. A folder that is not there is an empty one."""
    files: dict[str, YamlFile] = {}
    folders: dict[str, YamlFolder] = {}
    try:
        with os.scandir(path) as found:
            inside = sorted(found, key=lambda entry: entry.name)
    except OSError:
        inside = []
    for entry in inside:
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(".yaml") and entry.is_file():
            files[entry.name] = read_file(entry.path)
        elif depth and entry.name not in without and entry.is_dir():
            folders[entry.name] = read_folder(path / entry.name, depth - 1, without)
    return YamlFolder(path, files, folders)


def read_file(path: str | Path) -> YamlFile:
    """One file, with why it cannot be read where it cannot."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            # There are thousands of small files: a buffered file object costs four times as much.
            body, size = b"", os.fstat(descriptor).st_size
            while len(body) <= MAX_BYTES and (more := os.read(descriptor, min(size, MAX_BYTES) + 1)):
                body += more
        finally:
            os.close(descriptor)
    except OSError as error:
        return YamlFile(b"", in_words(error))
    return YamlFile(b"", too_large()) if len(body) > MAX_BYTES else YamlFile(body)
