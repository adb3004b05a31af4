"""The whole description: a system's doors, or the hub's own pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from guantong import __version__
from guantong.codec import Describes
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.openapi.description import DoorAnswer, DoorDescription
from guantong.openapi.hubpages import hub_paths
from guantong.openapi.records import schemas_of
from guantong.paper.fields import samples_of
from guantong.plugins import Registry

VERSION = "3.1.0"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def describe_systems(configuration: Configuration, registry: Registry, systems: Iterable[System]) -> dict[str, Any]:
    """The document for who calls us as *systems*: every door, how its sender is proven, every kind of record with its
    schema and an invented sample, every answer."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    security: dict[str, Any] = {}
    titles = []
    for system in systems:
        doors = system.adapter.describe(system.id, system.settings)
        if not doors:
            continue
        titles.append(system.title_zh)
        content, found = _content(configuration, system)
        schemas.update(found)
        for door in doors:
            proofs = registry.signers[door.proof.scheme].describe(door.proof) if door.proof is not None else {}
            named = {f"{system.id}-{name}": scheme for name, scheme in proofs.items()}
            security.update(named)
            paths.setdefault(door.path, {})[door.method.lower()] = _operation(system, door, content, list(named))
    return _document(configuration, f"{'、'.join(titles)}对接接口 · {configuration.hub.name}", paths, schemas, security)


def describe_hub(configuration: Configuration) -> dict[str, Any]:
    """The document of the hub's own pages."""
    paths, schemas, security = hub_paths(configuration)
    return _document(configuration, configuration.hub.name, paths, schemas, security)


def _document(configuration: Configuration, title: str, paths: Mapping[str, Any], schemas: Mapping[str, Any],
              security: Mapping[str, Any]) -> dict[str, Any]:
    hub = configuration.hub
    parts = {"schemas": schemas, "securitySchemes": security}
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": configuration.version, "description": f"Guantong 贯通 {__version__}"},
        "servers": [{"url": hub.address}],
        "paths": paths,
        "components": {name: part for name, part in parts.items() if part},
    }


def _content(configuration: Configuration, system: System) -> tuple[dict[str, Any], dict[str, Any]]:
    """The media type object of the system's records, and the schemas it refers to by their names in the document."""
    kinds = schemas_of(configuration.model, system)
    samples = samples_of(configuration, system)
    codec = system.dialect.codec_in
    if not isinstance(codec, Describes):
        told = "; ".join(f"{kind}: {one['title']}" for kind, one in kinds.items())
        examples = {kind: {"value": sample} for kind, sample in samples.items()}
        return {"schema": {"type": "string", "description": told}, "examples": examples}, {}
    named = {f"{system.id}.{kind}": schema for kind, schema in kinds.items()}
    body = codec.describe({kind: {"$ref": f"#/components/schemas/{system.id}.{kind}"} for kind in kinds})
    examples = {kind: {"value": orjson.loads(sample)} for kind, sample in samples.items()}
    return {"schema": body, "examples": examples}, named


def _operation(system: System, door: DoorDescription, content: Mapping[str, Any], proofs: Sequence[str]) -> dict[str, Any]:
    return {
        "operationId": f"{door.method.lower()}-{system.id}",
        "summary": f"{system.title_zh}报送过程信息 · {system.title_en} reports events",
        **({"security": [{name: [] for name in proofs}]} if proofs else {}),
        "requestBody": {"required": True, "content": _body(door, content)},
        "responses": _responses(door.answers),
    }


def _body(door: DoorDescription, content: Mapping[str, Any]) -> dict[str, Any]:
    if door.field is None:
        sealed = {"schema": {"type": "string", "description": f"sealed with {door.sealed} 加密"}} if door.sealed else dict(content)
        return dict.fromkeys(door.media or ("application/json",), sealed)
    said = f"the record, sealed with {door.sealed} 加密后的报文" if door.sealed else "the record 报文"
    properties = {door.field: {"type": "string", "description": said},
                  **{key: {"type": "string", "description": "the key agreed 约定的密钥"} for key in door.keys}}
    form = {"schema": {"type": "object", "required": list(properties), "properties": properties}}
    return dict.fromkeys(door.media or FORMS, form)


def _responses(answers: Sequence[DoorAnswer]) -> dict[str, Any]:
    """Each status once; answers that share it are examples of it."""
    made: dict[str, Any] = {}
    for number, answer in enumerate(answers, 1):
        response = made.setdefault(str(answer.status), {"description": f"{answer.zh} · {answer.en}", "content": {}})
        media = response["content"].setdefault(answer.media, {"examples": {}})
        media["examples"][f"answer{number}"] = {"summary": f"{answer.zh} · {answer.en}", "value": answer.example}
    return made
