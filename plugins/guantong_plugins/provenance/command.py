"""`guantong provenance`: where a case came from, in a form that other programs read."""

from __future__ import annotations

from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated

import orjson
import typer

from guantong.cli.acting import ActorOption, WhyOption
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    configuration,
    fail,
    print_problems,
    reading,
    stop,
    vault_of,
)
from guantong.cli.unmasking import journaled
from guantong.mapping.kept import Kept, kept_in
from guantong.mapping.showing import Shower
from guantong.operations.idents import number_in
from guantong.operations.lineage import Lineage
from guantong.operations.tracing import trace_of
from guantong.operations.versions import Versions
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.vault import VaultError
from guantong_plugins.provenance.codes import NEEDS_PROV, NO_VALUES
from guantong_plugins.provenance.gathering import tell
from guantong_plugins.provenance.openlineage import openlineage


class Form(StrEnum):
    """What a case is written as."""

    PROV_JSON = "prov-json"
    OPENLINEAGE = "openlineage"


def provenance(
    case: Annotated[str, typer.Argument(help="Any serial of the case; or M12, D34, C5 (任一流水号).")],
    form: Annotated[Form, typer.Option("--format", help="W3C PROV-JSON, or OpenLineage events, a line each (格式).")] = Form.PROV_JSON,
    reveal: Annotated[bool, typer.Option(
        "--unmask", "--reveal", help="PROV-JSON with personal values in clear; needs --why, journaled (不脱敏，留痕).")] = False,
    actor: ActorOption = "", why: WhyOption = "", home: HomeOption = HERE,
) -> None:
    """Write where a case came from for other programs: its records, events, deliveries and every value (溯源图).

    Exit 1 when a value is recomputed otherwise than it was kept, or cannot be any more, as with `trace --values`.

    Example: `guantong provenance RC20140715-0001 > prov.json` · `guantong provenance C5 --format openlineage > events.ndjson`;
    `guantong provenance C5 --unmask --why 行政复议调取 --as 陈工 > prov.json`
    """
    if form is Form.PROV_JSON and find_spec("prov") is None:
        stop(Problem(NEEDS_PROV))
    if reveal and form is Form.OPENLINEAGE:
        stop(Problem(NO_VALUES))
    config, specs = configuration(home), registry()
    with reading(config) as reader:
        found = trace_of(reader, case)
        if not found:
            fail(f"没有找到 {case} / nothing is known of {case}", PROBLEMS_FOUND)
        if reveal:
            journaled(config, case, found, None, actor, why)
        lineage = Lineage(reader, vault_of(config), config, Versions(config.dialects, Kept(kept_in(config.home), specs.codecs, specs.functions)))
        try:
            cases = [tell(reader, one["subject"], number_in(case[1:]) or 0, lineage, Shower(config.model, reveal)) for one in found]
        except VaultError as error:
            fail(str(error))
    if form is Form.OPENLINEAGE:
        for event in openlineage(cases):
            typer.echo(orjson.dumps(event))
    else:
        from guantong_plugins.provenance.provjson import prov_json  # an extra's library

        typer.echo(prov_json(cases))
    if not all(one.sound for one in cases):
        print_problems(problem for one in cases for traced in one.traced for problem in traced.hop.problems)
        raise typer.Exit(PROBLEMS_FOUND)
