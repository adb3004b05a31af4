"""The hub's own pages: health, figures, and the kiosks' query where there is one."""

from __future__ import annotations

from typing import Any

from guantong.config import Configuration
from guantong.kiosk.answers import Progress, ProgressQuery

PROBLEM = {
    "title": "RFC 9457 problem", "type": "object", "required": ["title", "status", "code", "detail", "detail_zh"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^GT[0-9]{3}$"}, "detail": {"type": "string"}, "detail_zh": {"type": "string"},
    },
}
_COMPONENT = "#/components/schemas/{model}"
OPERATIONS = ("/metrics", "/api/v1/queues", "/api/v1/statistics", "/openapi.json")
"""Pages for who has a token."""
_PROBLEM_PAGE = {"description": "需要令牌 · A token is needed", "content": {
    "application/problem+json": {"schema": {"$ref": _COMPONENT.format(model="Problem")}}}}


def hub_paths(configuration: Configuration) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The paths, the schemas and the security schemes they refer to."""
    paths: dict[str, Any] = {
        "/healthz": {"get": _text("healthz", "进程存活 · The process lives", "text/plain")},
        "/readyz": {"get": _json("readyz", "可以接收报文 · It takes records", {
            "type": "object", "required": ["ready"], "properties": {
                "ready": {"type": "boolean"}, "code": {"type": "string", "description": "为何暂不接收 · Why nothing is taken for now"}}}, 503)},
        "/metrics": {"get": _text("metrics", "Prometheus 指标 · Metrics", "text/plain; version=0.0.4; charset=utf-8")},
        "/api/v1/queues": {"get": _json("queues", "各系统队列 · What waits for each system", {"type": "object"})},
        "/api/v1/statistics": {"get": _json("statistics", "收发统计 · What was taken and carried", {"type": "object"})},
        "/openapi.json": {"get": _json("openapi", "本文档 · This document", {"type": "object"})},
    }
    shut = not configuration.pages_are_open
    for path in OPERATIONS if shut else ():
        operation = paths[path]["get"]
        operation["security"] = [{"operations": []}]
        operation["responses"]["401"] = _PROBLEM_PAGE
    security = {"operations": {"type": "http", "scheme": "bearer"}} if shut else {}
    schemas: dict[str, Any] = {"Problem": PROBLEM} if shut else {}
    kiosks = configuration.kiosks
    if kiosks is None:
        return paths, schemas, security
    schemas["Problem"] = PROBLEM
    for model in (ProgressQuery, Progress):
        made = model.model_json_schema(ref_template=_COMPONENT, mode="serialization" if model is Progress else "validation")
        schemas.update(made.pop("$defs", {}))
        schemas[model.__name__] = made
    paths[kiosks.keys.path] = {"post": _kiosk_query()}
    return paths, schemas, {**security, "kiosk": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}


def _kiosk_query() -> dict[str, Any]:
    refusals = {"400": "不是查询 · No query", "401": "未登记的终端 · Unknown kiosk", "404": "没有相符的办件 · No such case",
                "429": "过于频繁 · Too many", "503": "暂时无法留痕 · Cannot be journaled now"}
    problem = {"application/problem+json": {"schema": {"$ref": _COMPONENT.format(model="Problem")}}}
    return {
        "operationId": "kiosk-query", "summary": "按编号和密码查询办件 · How a case stands, by number and password",
        "security": [{"kiosk": []}],
        "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"$ref": _COMPONENT.format(model="ProgressQuery")}}}},
        "responses": {
            "200": {"description": "办理进度 · How it stands", "content": {
                "application/json": {"schema": {"$ref": _COMPONENT.format(model="Progress")}}}},
            **{status: {"description": said, "content": problem} for status, said in refusals.items()},
        },
    }


def _text(name: str, said: str, media: str) -> dict[str, Any]:
    return {"operationId": name, "summary": said,
            "responses": {"200": {"description": said, "content": {media: {"schema": {"type": "string"}}}}}}


def _json(name: str, said: str, schema: dict[str, Any], *more: int) -> dict[str, Any]:
    answer = {"description": said, "content": {"application/json": {"schema": schema}}}
    return {"operationId": name, "summary": said, "responses": {str(status): answer for status in (200, *more)}}
