"""`guantong bench soap`: the verb."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong_plugins.bench.mapping import RECORDS, Part
from guantong_plugins.bench.mappingcommand import tell


def soap(
    runs: Annotated[int, typer.Option(min=1, help="How many rounds; figures are their medians (轮数).")] = 7,
    passes: Annotated[int, typer.Option(min=1, help=f"Passes over {RECORDS} records in each round (每轮遍数).")] = 8,
    door: Annotated[bool, typer.Option("--door", help="Calls that a service of ours takes (我方服务).")] = False,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Calls by a WSDL beside lxml by hand in the same process, without network, interleaved (SOAP 调用).

    31 fields and five materials to an envelope, an answer to a record; with --door, an envelope to a record and the verdict to
    an answer. Needs no home and writes nothing.

    Example: `guantong bench soap --json`
    """
    tell("door" if door else "soap", _door_parts if door else _parts, runs=runs, passes=passes, as_object=as_object)


def _parts() -> list[Part]:
    from guantong_plugins.bench.soap import soap_parts  # needs the extra `soap`

    return soap_parts()


def _door_parts() -> list[Part]:
    from guantong_plugins.bench.soapdoor import door_parts  # needs the extra `soap`

    return door_parts()
