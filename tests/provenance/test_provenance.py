"""`guantong provenance`: valid by the published schema or classes, every value as `trace --values` tells it, masked unless somebody says why."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog
from jsonschema import Draft4Validator
from openlineage.client import event_v2
from openlineage.client.generated import (
    column_lineage_dataset,
    dataset_version_dataset,
    job_type_job,
    schema_dataset,
    tags_run,
)
from openlineage.client.serde import Serde
from prov.model import ProvDerivation, ProvDocument
from tests.cli.desk import ACCEPTANCE, APPLICATION, PERSON_NO, Desk
from tests.cli.test_lineage import changed_since
from tests.cli.test_unmasking import PERSON, journaled
from tests.journey import joining
from tests.journey.world import world
from tests.retention.keeping import keeping, pruned, whole_case

from guantong_plugins.provenance import command

SCHEMA = Draft4Validator(json.loads(files("prov").joinpath("tests/schemas/prov-json.schema.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A case of two records, of which two deliveries were sent; only read from."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("guantong.log.configure", lambda *_: None)
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        made = Desk(tmp_path_factory.mktemp("told") / "home")
        made.tell(APPLICATION, ACCEPTANCE)
        made.attempt(1)
        made.attempt(2)
        structlog.reset_defaults()
    return made


def prov(text: str) -> dict[str, Any]:
    """The document that *text* is, which the W3C's schema takes."""
    found: dict[str, Any] = json.loads(text)
    SCHEMA.validate(found)
    return found


def events(text: str) -> list[dict[str, Any]]:
    """The events in *text*, which are letter for letter what OpenLineage's own classes write."""
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        assert Serde.to_dict(_event(one)) == one
    return found


def _event(said: dict[str, Any]) -> event_v2.RunEvent:
    """The event by its classes, which take no key they do not know and want every key they need."""
    said = {**said}
    assert said.pop("schemaURL") == event_v2.RunEvent._get_schema()
    run, job = said["run"], said["job"]
    tags = [tags_run.TagsRunFacetFields(**one) for one in run["facets"]["tags"]["tags"]]
    return event_v2.RunEvent(**{
        **said, "eventType": event_v2.RunState(said["eventType"]),
        "run": event_v2.Run(run["runId"], {"tags": _facet(tags_run.TagsRunFacet, run["facets"]["tags"], tags=tags)}),
        "job": event_v2.Job(job["namespace"], job["name"], {"jobType": _facet(job_type_job.JobTypeJobFacet, job["facets"]["jobType"])}),
        "inputs": [event_v2.InputDataset(one["namespace"], one["name"], facets=_facets(one["facets"]), inputFacets=None) for one in said["inputs"]],
        "outputs": [event_v2.OutputDataset(one["namespace"], one["name"], facets=_facets(one["facets"]), outputFacets=None) for one in said["outputs"]],
    })


def _facets(said: dict[str, Any]) -> dict[str, Any]:
    made = {"version": _facet(dataset_version_dataset.DatasetVersionDatasetFacet, said["version"])}
    if "schema" in said:
        columns = [schema_dataset.SchemaDatasetFacetFields(**one, fields=None) for one in said["schema"]["fields"]]
        made["schema"] = _facet(schema_dataset.SchemaDatasetFacet, said["schema"], fields=columns)
        made["columnLineage"] = _facet(column_lineage_dataset.ColumnLineageDatasetFacet, said["columnLineage"], dataset=None, fields={
            name: column_lineage_dataset.Fields([_input(**one) for one in column["inputFields"]])
            for name, column in said["columnLineage"]["fields"].items()})
    return made


def _input(transformations: list[dict[str, Any]], **said: str) -> column_lineage_dataset.InputField:
    return column_lineage_dataset.InputField(**said, transformations=[column_lineage_dataset.Transformation(**one) for one in transformations])


def _facet(kind: Any, said: dict[str, Any], **made: Any) -> Any:
    plain = {name: value for name, value in said.items() if not name.startswith("_")}
    facet = kind(**{**plain, **made}, producer=said["_producer"])
    assert facet._schemaURL == said["_schemaURL"]
    return facet


def test_a_case_is_valid_prov_whose_every_derivation_is_what_trace_tells(told: Desk) -> None:
    """Both hops of every value: the field sent, the event's, the place in the record; what no record said is named ours."""
    said = told.guantong("provenance", "C1")
    assert said.exit_code == 0, said.output
    document = ProvDocument.deserialize(content=json.dumps(prov(said.stdout)), format="json")
    names = {str(record.identifier): record for record in document.get_records() if record.identifier is not None}
    derived = {(str(one.args[0]), str(one.args[1])) for one in document.get_records(ProvDerivation)}
    expected: set[tuple[str, str]] = set()
    ours: set[str] = set()
    hops = told.json("trace", "C1", "--values")["hops"]
    events_by_message = {"M1": 1, "M2": 2}
    for hop in hops:
        target = f"event/{events_by_message[hop['id']]}" if hop["way"] == "in" else hop["id"]
        for row in hop["fields"] if hop["verdict"] == "same" else ():
            made = f"log:{target}/{_quoted(row['target'])}"
            if hop["way"] == "in" and row["source"]:
                expected.add((made, f"log:{hop['id']}/1/{_quoted(row['source'])}"))
            elif (came := row.get("from")) is not None and "target" in came:
                expected.add((made, f"log:event/{events_by_message[came['message']]}/{_quoted(came['target'])}"))
            else:
                ours.add(made)
    assert expected
    assert {pair for pair in derived if "/" in pair[0].removeprefix("log:event/")} == expected
    assert {name for name, record in names.items() if any(str(key) == "gt:ours" for key, _ in record.attributes)} == ours
    assert {"log:C1", "log:M1", "log:M2", "log:D1", "log:system/rongcheng.approval", "log:hub"} <= set(names)


def _quoted(path: str) -> str:
    return path.replace("[", "%5B").replace("]", "%5D")


def test_every_line_of_the_case_is_an_activity_informed_by_the_one_before(told: Desk) -> None:
    """In the order of the journal, each by who acted and with what it was about."""
    document = prov(told.guantong("provenance", "C1").stdout)
    lines = told.json("trace", "C1")["subjects"][0]["journal"]
    activities = {name: one for name, one in document["activity"].items() if name.startswith("log:entry/")}
    assert [(name, one["gt:what"]) for name, one in activities.items()] == [(f"log:entry/{line['id']}", line["what"]) for line in lines]
    assert [(one["prov:informed"], one["prov:informant"]) for one in document["wasInformedBy"].values()] == [
        (f"log:entry/{after['id']}", f"log:entry/{before['id']}") for before, after in pairwise(lines)]
    assert {one["prov:agent"] for one in document["wasAssociatedWith"].values()} == {"log:hub"}


def test_a_case_is_runs_of_openlineage_with_the_lineage_of_every_column(told: Desk) -> None:
    """A start and an end for each translation, the same run whenever it is written."""
    said = told.guantong("provenance", "C1", "--format", "openlineage")
    assert said.exit_code == 0, said.output
    found = events(said.stdout)
    assert [(one["eventType"], one["job"]["name"]) for one in found[1::2]] == [
        ("COMPLETE", "rongcheng.approval.case.application.in"), ("COMPLETE", "rongcheng.approval.case.acceptance.in"),
        ("COMPLETE", "city.hall.case.application.out"), ("COMPLETE", "city.supervision.case.application.out")]
    came, _, sent, _ = found[1::2]
    space = came["job"]["namespace"]
    assert [(one["name"], one["facets"]["version"]["datasetVersion"]) for one in [*sent["inputs"], *sent["outputs"]]] == [
        ("event/case.application", "event/1"), ("city.hall/EX_GDBS_SB", "D1")]
    columns = came["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert columns["materials[].name"]["inputFields"] == [{
        "namespace": space, "name": "rongcheng.approval/application", "field": "materials[]/name", "transformations": [{
            "type": "DIRECT", "subtype": "IDENTITY", "masking": False, "description": columns["materials[].name"]["inputFields"][0]["transformations"][0]["description"]}]}]
    (kind,) = columns["applicant.type"]["inputFields"]
    assert (kind["field"], kind["transformations"][0]["subtype"], "table applicant.type" in kind["transformations"][0]["description"]) == ("applicantType", "TRANSFORMATION", True)
    assert sent["outputs"][0]["facets"]["columnLineage"]["fields"]["SQRMC"]["inputFields"][0]["field"] == "applicant.name"
    assert told.guantong("provenance", "C1", "--format", "openlineage").stdout == said.stdout


def test_personal_values_are_masked_unless_somebody_says_why(told: Desk, tmp_path: Path) -> None:
    """In clear only with a reason, which is in the journal before; OpenLineage never has them."""
    desk = Desk.__new__(Desk)
    desk.home = shutil.copytree(told.home, tmp_path / "home")
    for words in ((), ("--format", "openlineage")):
        masked = desk.guantong("provenance", "C1", *words).output
        assert PERSON not in masked
        assert PERSON_NO not in masked
    refused = desk.guantong("provenance", "C1", "--unmask", "--as", "陈工")
    assert (refused.exit_code, refused.stdout, "[GT779]" in refused.stderr) == (2, "", True)
    assert journaled(desk.home) == []
    clear = desk.guantong("provenance", "C1", "--unmask", "--why", "行政复议调取", "--as", "陈工")
    assert {PERSON, PERSON_NO} <= {one.get("prov:value") for one in prov(clear.stdout)["entity"].values()}
    assert journaled(desk.home) == [(1, 0, 0, "陈工", {"why": "行政复议调取"})]
    assert prov(clear.stdout)["agent"]["log:person/%E9%99%88%E5%B7%A5"]["prov:label"] == "陈工"


def test_what_cannot_be_recomputed_is_said_and_the_rest_is_written(desk: Desk) -> None:
    """A mapping version that is gone: exit 1, the problem, and a valid document without the values it made."""
    changed_since(desk)
    for kept in (desk.home / "var/mappings/dialects").rglob("*"):
        if kept.is_file():
            kept.unlink()
    for words, read in (((), prov), (("--format", "openlineage"), events)):
        said = desk.guantong("provenance", "C1", *words)
        assert (said.exit_code, said.stderr.count("[GT")) == (1, 2), said.stderr
        read(said.stdout)
    assert prov(desk.guantong("provenance", "C1").stdout)["activity"]["log:translation/event/1"]["gt:verdict"] == "gone"


async def test_a_case_whose_contents_are_gone_by_retention_is_still_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines, records and who acted; no value."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
        await pruned(it, 210)
    monkeypatch.setattr(command, "configuration", lambda _home: it.engine.configuration)
    said = Desk.anywhere("provenance", "C1", "--home", str(tmp_path))
    document = prov(said.stdout)
    assert said.exit_code == 1
    assert not [one for one in document["entity"].values() if "prov:value" in one]
    assert "pruned" in {one.get("gt:what") for one in document["activity"].values()}


async def test_a_joined_record_comes_from_every_event_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its values from the event that told it."""
    async with world(tmp_path, files=joining.files()) as it:
        for record in (joining.pause(1), joining.resume(1)):
            await it.tell("east.approval", record)
            await it.quiet()
    monkeypatch.setattr(command, "configuration", lambda _home: it.engine.configuration)
    document = prov(Desk.anywhere("provenance", "P1", "--home", str(tmp_path)).stdout)
    derived = {(one["prov:generatedEntity"], one["prov:usedEntity"]) for one in document["wasDerivedFrom"].values()}
    assert {pair for pair in derived if pair[0].startswith("log:D3")} == {
        ("log:D3", "log:event/1"), ("log:D3", "log:event/2"), ("log:D3/seq", "log:event/2/pause.seq"), ("log:D3/title", "log:event/2/title"),
        ("log:D3/version", "log:event/2/version"), ("log:D3/reason", "log:event/1/pause.reason"), ("log:D3/result", "log:event/2/pause.result")}
    lines = Desk.anywhere("provenance", "P1", "--format", "openlineage", "--home", str(tmp_path)).stdout
    (joined,) = (one for one in events(lines) if one["eventType"] == "COMPLETE" and one["job"]["name"] == "city.hall.case.resumption.out")
    assert [one["name"] for one in joined["inputs"]] == ["event/case.resumption", "event/case.pause"]
    assert joined["outputs"][0]["facets"]["columnLineage"]["fields"]["reason"]["inputFields"][0]["name"] == "event/case.pause"


def test_a_message_of_no_case_and_one_that_is_not_there_are_told_apart(desk: Desk) -> None:
    """A parked record has its lines; what nobody knows is exit 1."""
    desk.tell({**ACCEPTANCE, "result": "?", "bizNo": ""})
    document = prov(desk.guantong("provenance", "M1").stdout)
    assert (document["entity"]["log:M1"]["gt:state"], [one["gt:what"] for one in document["activity"].values()]) == ("parked", ["parked"])
    assert desk.guantong("provenance", "M1", "--format", "openlineage").stdout == ""
    assert desk.guantong("provenance", "nix").stderr == "没有找到 nix / nothing is known of nix\n"


def test_wrong_usage_says_what_to_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values in clear where there are none, and an extra that is not installed."""
    refused = desk.guantong("provenance", "C1", "--format", "openlineage", "--unmask", "--why", "x")
    assert (refused.exit_code, refused.stderr) == (2, (
        "OpenLineage 只说明字段来自哪个字段，不含任何值，无须不脱敏; 请去掉 --unmask，或用 --format prov-json [GT981]\n"
        "    OpenLineage tells which column came from which, and holds no values that could be shown in clear; "
        "leave --unmask out, or take --format prov-json\n"))
    monkeypatch.setattr(command, "find_spec", lambda _name: None)
    refused = desk.guantong("provenance", "C1")
    assert (refused.exit_code, refused.stderr) == (2, (
        "PROV-JSON 所需的程序库 prov 未安装; 请安装：pip install 'guantong[provenance]' [GT980]\n"
        "    PROV-JSON needs the package prov, which is not installed; install it: pip install 'guantong[provenance]'\n"))
