"""Samples made from a declaration alone: a vendor always gets one, and what it says is read as it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from tests.onboarding.conftest import Office, answers_of

from guantong.config import Configuration, load
from guantong.config.configuration import System
from guantong.journey.facts import facts_of
from guantong.mapping.interpret import find
from guantong.mapping.plan import Plan
from guantong.paper.made_up import made_up
from guantong.plugins import registry
from guantong.starter import starter


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    """The starter's configuration, its secrets not looked for."""
    configuration = load(starter("config").parent, registry(), {}, secrets=False).configuration
    assert configuration is not None
    return configuration


def plans(configuration: Configuration) -> Iterator[tuple[System, Plan]]:
    """Every mapping of every shipped dialect, with a system that speaks it."""
    system = configuration.systems["puning.approval"]
    for dialect in configuration.dialects.values():
        for plan in dialect.plans.values():
            yield replace(system, dialect=dialect), plan


def test_every_record_that_is_sent_to_us_has_a_sample_that_is_read_as_its_event(shipped: Configuration) -> None:
    """Through the wire form, with every required field; records of which several mappings read their events, too."""
    silent: list[str] = []
    for system, plan in plans(shipped):
        if not plan.mapping.kinds_in:
            continue
        made = made_up(system, plan, shipped.model, inward=True)
        assert made is not None, f"{system.dialect.name} {plan.mapping.name}"
        (native,) = system.dialect.decode(system.dialect.codec_in.encode(made), made.kind)
        told = {one.event: one.values for one in system.dialect.inward(native, facts_of(system))}
        if plan.event not in told or len(told[plan.event]) < sum(bool(rule.at) for rule in plan.mapping.inward if not rule.when):
            silent.append(f"{system.dialect.name} {plan.mapping.name}")
    assert silent == []


def test_every_record_that_we_send_has_a_sample_with_all_its_fields(shipped: Configuration) -> None:
    """Whatever a rule takes from the event, its case, the system or the site is there, and the codec writes it."""
    for system, plan in plans(shipped):
        made = made_up(system, plan, shipped.model, inward=False) if plan.mapping.kind_out else None
        if made is not None:
            assert system.dialect.codec_out.encode(made)
            lacking = [rule.native for rule in plan.mapping.outward if rule.required and find(made.fields, rule.at[0]) is None]
            assert lacking == [], f"{system.dialect.name} {plan.mapping.name}"


def test_the_specification_of_a_dialect_without_pairs_has_samples_and_says_that_they_are_made_up(office: Office, tmp_path: Path) -> None:
    """A dialect drafted from one sample file has no pairs."""
    handed = "<ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD><DATA><SBLSH>10000010100699201211407150777</SBLSH><SLSJ>2014-07-16 09:00:00</SLSJ></DATA></ROOT>"
    (office.home.parent / "受理.xml").write_text(handed, encoding="utf-8")
    assert office.json("county", "add", "--from", office.answers(answers_of(more="from: 受理.xml\n")))["ok"]
    routes = office.home / "config/routes.yaml"
    routes.write_text("routes:\n  - {name: r, events: case.acceptance, from: {role: county}, to: {role: hall}}\n", encoding="utf-8")
    office.guantong("county", "ready", "konggang", "--offline", "--paper", str(tmp_path / "paper"))
    document = Document(BytesIO((tmp_path / "paper/konggang-接口规范.docx").read_bytes()))
    told = "\n".join([*(one.text for one in document.paragraphs), *(cell.text for table in document.tables for row in table.rows for cell in row.cells)])
    assert "样例（按声明生成，各值均为虚构" in told
    assert "<SBLSH>10000010100699201211407150001</SBLSH>" in told
    assert "10000010100699201211407150777" not in told
