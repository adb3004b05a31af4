"""`guantong openapi` describes our own endpoints as they are: valid, and true of what the doors take and answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk

SYSTEMS = ("city.hall-portal", "rongcheng.approval", "puning.approval")


def described(desk: Desk, *systems: str) -> dict[str, Any]:
    said = desk.guantong("openapi", *systems)
    assert said.exit_code == 0, said.output
    found: dict[str, Any] = orjson.loads(said.stdout)
    OpenAPIV31SpecValidator(found).validate()
    return found


def judge(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema that refers into the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_that_calls_us_has_a_valid_description_with_true_samples(desk: Desk, system: str) -> None:
    """One door, its proof, its answers; and each invented sample is what its own schema says."""
    document = described(desk, system)
    (path, methods), = document["paths"].items()
    assert path.startswith(f"/in/{system}/")
    operation = methods["post"]
    assert {"200", "400", "401", "413", "422", "503"} <= operation["responses"].keys()
    for content in operation["requestBody"]["content"].values():
        for example in content.get("examples", {}).values():
            judge(document, content["schema"]).validate(example["value"])


def test_the_schema_names_fields_codes_and_what_must_be_there(desk: Desk) -> None:
    """From the rules that read them: labels, the county's own codes, formats, required fields."""
    document = described(desk, COUNTY)
    schema = document["components"]["schemas"][f"{COUNTY}.accept"]
    assert schema["title"] == "受理"
    assert schema["properties"]["operatorName"] == {"title": "办理人姓名", "description": "Operator", "type": "string"}
    assert "accepted" in schema["properties"]["result"]["enum"]
    assert {"result", "time"} == set(schema["required"])
    assert "yyyy-MM-dd HH:mm:ss" in schema["properties"]["time"]["description"]
    assert document["components"]["securitySchemes"] == {f"{COUNTY}-bearer": {"type": "http", "scheme": "bearer"}}


@pytest.mark.parametrize(("change", "right"), [({}, True), ({"time": None}, False), ({"result": "perhaps"}, False)])
def test_what_the_schema_refuses_the_mapping_refuses(desk: Desk, tmp_path: Path, change: dict[str, Any], right: bool) -> None:
    """A record with a missing or unknown value is wrong to both, a good one right to both."""
    record = {name: value for name, value in {**ACCEPTANCE, **change}.items() if value is not None}
    document = described(desk, COUNTY)
    content = document["paths"][f"/in/{COUNTY}/events"]["post"]["requestBody"]["content"]["application/json"]
    assert judge(document, content["schema"]).is_valid(record) is right
    sample = tmp_path / "sample.json"
    sample.write_bytes(orjson.dumps(record))
    assert (desk.guantong("try", "rongcheng", str(sample)).exit_code == 0) is right


def test_a_form_names_the_fields_that_hold_record_and_key(desk: Desk) -> None:
    """Where records are sealed in a field of a form, that field is what is described."""
    document = described(desk, "puning.approval")
    (operation,) = (methods["post"] for methods in document["paths"].values())
    form = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert form["required"][0] == "xmlStr"
    assert "sm4-cbc" in form["properties"]["xmlStr"]["description"]


def test_a_system_that_does_not_call_us_so_is_told_where_else_to_look(desk: Desk) -> None:
    """A county through tables has no door; the answer names what it speaks."""
    said = desk.guantong("openapi", "jiexi.approval")
    assert said.exit_code == 2
    assert "jiexi.approval 没有可描述的 HTTP 接收接口：使用 table" in said.stderr


def test_it_is_written_to_a_file_and_what_cannot_be_written_is_told(desk: Desk, tmp_path: Path) -> None:
    """For handing over."""
    out = tmp_path / "rongcheng.json"
    assert desk.guantong("openapi", COUNTY, "--out", str(out)).exit_code == 0
    assert orjson.loads(out.read_bytes()) == described(desk, COUNTY)
    said = desk.guantong("openapi", COUNTY, "--out", str(tmp_path / "no" / "such.json"))
    assert said.exit_code == 2
    assert "[GT921]" in said.stderr


def test_without_a_system_the_hubs_own_pages_are_described(desk: Desk) -> None:
    """Valid without kiosks, too."""
    assert "/api/v1/queues" in described(desk)["paths"]
