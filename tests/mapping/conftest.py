"""A small world of mappings, written as texts and loaded by the product's own loaders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from guantong.mapping import Dialect, load_dialects
from guantong.model import Model, load_model
from guantong.plugins import registry
from guantong.problems import Problem

LABEL = "label: {zh: 名, en: name}"
EVENT = f"""
event: case.step
title: {{zh: 审批, en: Step}}
subject: case
identity: [step.code]
dated: [step.at, step.day]
include: _case
fields:
  step.code:   {{type: code, codes: step.code, required: true, {LABEL}}}
  step.at:     {{type: datetime, {LABEL}}}
  step.day:    {{type: date, {LABEL}}}
  operator:    {{type: text, personal: personal, mask: name, {LABEL}}}
  opinion:     {{type: text, {LABEL}}}
  reason:      {{type: text, {LABEL}}}
  fee:         {{type: money, {LABEL}}}
  urgent:      {{type: boolean, {LABEL}}}
  id_no:       {{type: identity, personal: sensitive, mask: identity, {LABEL}}}
  org.code:    {{type: organisation, {LABEL}}}
  materials:
    type: list
    {LABEL}
    fields:
      name:  {{type: text, {LABEL}}}
      kind:  {{type: code, codes: material.kind, {LABEL}}}
      count: {{type: integer, {LABEL}}}
"""
CASE = f"""
fields:
  serial.province: {{type: text, {LABEL}}}
  region:          {{type: region, {LABEL}}}
  version:         {{type: integer, {LABEL}}}
"""
CANONICAL = {
    "canonical/serials.yaml": "serials: {province: {scope: global}, county: {scope: system}}",
    "canonical/events/_case.yaml": CASE,
    "canonical/events/case.step.yaml": EVENT,
    "canonical/codes/step.code.yaml": """
codes: step.code
title: {zh: 审批环节, en: Step}
words: {handling: {zh: 承办, en: Handling}, review: {zh: 审核, en: Review}, approval: {zh: 批准, en: Approval}}
""",
    "canonical/codes/material.kind.yaml": """
codes: material.kind
title: {zh: 材料类型, en: Kind}
words: {original: {zh: 原件, en: Original}, copy: {zh: 复印件, en: Copy}}
""",
}
DIALECT = """
dialect: county
title: {zh: 县, en: County}
codec: json
"""


@dataclass(frozen=True, slots=True)
class World:
    """What a folder of mappings loads to."""

    model: Model
    dialects: Mapping[str, Dialect]
    problems: list[Problem]

    def lines(self) -> list[str]:
        """Every problem on its line, in English."""
        return [problem.line() for problem in self.problems]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., World]:
    """Write files (path below mappings/ → text) over the small world and load them all."""

    def make(files: Mapping[str, str | bytes], *, dialect: str = DIALECT) -> World:
        folder = tmp_path / "mappings"
        for path, text in {**CANONICAL, "county/dialect.yaml": dialect, **files}.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        model, problems = load_model(folder / "canonical", "mappings/canonical")
        plugged = registry()
        dialects, found = load_dialects(folder, model, plugged.codecs, plugged.functions, "mappings")
        return World(model, dialects, [*problems, *found])

    return make


@pytest.fixture
def county(load: Callable[..., World]) -> Callable[..., Dialect]:
    """A dialect `county` with one mapping of case.step from these lines, which must load without an error."""

    def make(rules: str, *, dialect: str = "", files: Mapping[str, str] | None = None) -> Dialect:
        text = f"event: case.step\nrecord: STEP\n{rules}"
        world = load({"county/case.step.yaml": text, **(files or {})}, dialect=DIALECT + dialect)
        assert [problem.line() for problem in world.problems if problem.code.severity == "error"] == []
        return world.dialects["county"]

    return make
