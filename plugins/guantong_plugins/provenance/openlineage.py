"""A case as OpenLineage events: each translation a run of the job that its mapping is, with the lineage of every column.

A dataset is a kind of record of one system, or a canonical event; its version is the record itself (M12, D34) or the kept event. There are no
values in it, so there is nothing to mask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from guantong import __version__
from guantong.operations.lineage import Verdict
from guantong_plugins.provenance.gathering import Made, Told, Traced

PRODUCER = f"guantong://program/{__version__}"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "schema": "1-2-0/SchemaDatasetFacet", "columnLineage": "1-2-0/ColumnLineageDatasetFacet", "version": "1-0-1/DatasetVersionDatasetFacet",
    "tags": "1-0-0/TagsRunFacet", "jobType": "2-0-4/JobTypeJobFacet",
}


def openlineage(cases: Iterable[Told]) -> Iterator[dict[str, Any]]:
    """The events of each translation that took place and can be recomputed: its start and its end."""
    for told in cases:
        for one in told.traced:
            if one.hop.verdict is not Verdict.GONE:
                yield from _run(told, one)


def _run(told: Told, one: Traced) -> Iterator[dict[str, Any]]:
    hop, space = one.hop, f"guantong://{told.log}"
    inward = hop.way == "in"
    own = f"{hop.system}/{hop.kind}" if inward else f"event/{hop.event}"
    read = {own: hop.ident if inward else f"event/{hop.event_id}"}
    if not inward:
        read |= {f"event/{made.event}": f"event/{made.event_id}" for made in one.made if made.event}
    written, version = (f"event/{hop.event}", f"event/{hop.event_id}") if inward else (f"{hop.system}/{hop.kind}", hop.ident)
    run = {
        "runId": str(uuid5(NAMESPACE_URL, f"{space}/{hop.ident}/{hop.record}/{hop.event_id}")),
        "facets": {"tags": _facet("tags", tags=[
            {"key": key, "value": value, "source": "GUANTONG"}
            for key, value in (("case", f"C{told.subject}" if told.subject else ""), ("record", hop.ident), ("mapping", hop.plan), ("verdict", str(hop.verdict)))
            if value])},
    }
    job = {"namespace": space, "name": f"{hop.system}.{hop.event}.{hop.way}", "facets": {
        "jobType": _facet("jobType", processingType="BATCH", integration="GUANTONG", jobType="MAPPING")}}
    said = {"eventTime": _moment(one.at), "producer": PRODUCER, "schemaURL": _EVENT, "run": run, "job": job}
    yield {"eventType": "START", **said, "inputs": [], "outputs": []}
    yield {
        "eventType": "COMPLETE", **said,
        "inputs": [{"namespace": space, "name": name, "facets": {"version": _facet("version", datasetVersion=number)}} for name, number in read.items()],
        "outputs": [{"namespace": space, "name": written, "facets": {
            "version": _facet("version", datasetVersion=version),
            "schema": _facet("schema", fields=_columns(one.made)),
            "columnLineage": _facet("columnLineage", fields=_lineage(space, own, one.made)),
        }}],
    }


def _columns(made: Iterable[Made]) -> list[dict[str, str]]:
    """Each column once, whatever number of items a list has."""
    return [{"name": name, "type": kind} for name, kind in {_column(one.row["target"]): one.row["type"] for one in made}.items()]


def _lineage(space: str, own: str, made: Iterable[Made]) -> dict[str, Any]:
    """For each column the columns it came from; none for what we put in."""
    found: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {}
    for one in made:
        came = found.setdefault(_column(one.row["target"]), {})
        if one.source:
            name, column = f"event/{one.event}" if one.event else own, _column(one.source)
            plain = one.plain and came.get((name, column), {"subtype": "IDENTITY"})["subtype"] == "IDENTITY"
            came[name, column] = {"type": "DIRECT", "subtype": "IDENTITY" if plain else "TRANSFORMATION", "description": _by(one), "masking": False}
    return {column: {"inputFields": [{"namespace": space, "name": name, "field": field, "transformations": [how]} for (name, field), how in came.items()]}
            for column, came in found.items()}


def _by(one: Made) -> str:
    """By which rule, and with what."""
    row = one.row
    return "; ".join([row["rule"], *(f"table {name}" for name in [row["table"]] if name), *row["functions"]])


def _column(path: str) -> str:
    return re.sub(r"\[\d+\]", "[]", path)


def _facet(name: str, **said: Any) -> dict[str, Any]:
    url = _FACETS[name]
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}/facets/{url}.json#/$defs/{url.partition('/')[2]}", **said}


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
