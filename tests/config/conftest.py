"""A small home folder that is right in every file, and an adapter and a store to configure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pluggy
import pytest
from pydantic import BaseModel, ConfigDict, Field

from guantong.adapter import AdapterSpec, Connection, SystemContext, always
from guantong.config import Loaded, load
from guantong.config.values import Duration, Size
from guantong.plugins import Registry
from guantong.scheme import UnfitSecret
from guantong.secret import Secret
from guantong.signer import Signer, SignerSpec, Signing
from guantong.store import StoreSpec
from guantong_plugins.blobs.plugin import register_blob_stores
from guantong_plugins.codecs.plugin import register_codecs

ENVIRON = {"PUNING_TOKEN": "9f3c-seen-nowhere", "PORTAL_TOKEN": "77aa-seen-nowhere", "SHORT_TOKEN": "77aa"}

FILES = {
    "config/guantong.yaml": """\
hub:
  name: 测试枢纽
  listen: 127.0.0.1:0
  body_limit: 16MiB
store:
  use: memory
  path: var/test.db
keys:
  folder: /srv/keys/of/ours
log: {format: json, level: info}
audit: {anchors: [/mnt/outside/checkpoints]}
""",
    "config/routes.yaml": """\
routes:
  - name: to-county
    events: case.application
    from: {role: hall-portal}
    to: {role: county, by: region}
  - name: to-hall
    events: [case.application, case.step]
    from: {role: county}
    to: {role: hall}
""",
    "config/city.yaml": """\
name: {zh: 某市, en: Some City}
region: "440000"
systems:
  hall-portal:
    role: hall-portal
    dialect: portal
    adapter: wire
    settings: {url: http://portal.example.invalid, sign: stamp}
    secrets:
      stamp_token: {env: PORTAL_TOKEN}
  hall:
    role: hall
    profile: wired
    dialect: plain
    title: {zh: 大厅, en: Hall}
    settings:
      url: http://hall.example.invalid
""",
    "config/profiles/wired.yaml": """\
profile: wired
title: {zh: 示例接口, en: A wired interface}
adapter: wire
settings:
  timeout: 20s
  tls:
    verify_host: yes
delivery:
  concurrency: 4
  unknown: retry
  retry: {first: 1s, most: 5m, for: 1d}
reply:
  decode: json
  rules:
    - {when: {field: {code: "0"}}, means: success}
    - {when: {text: {matches: "busy|忙"}}, means: transient, reason: msg}
    - {when: {status: [429, 5xx]}, means: transient}
  otherwise: unknown
""",
    "config/counties/puning.yaml": """\
name: {zh: 普宁市, en: Puning}
region: "445281"
systems:
  approval:
    role: county
    profile: wired
    dialect: plain
    settings:
      url: http://approval.example.invalid
      tls:
        certificate: var/puning.pem
    secrets:
      token: {env: PUNING_TOKEN}
    facts:
      unit: "007"
    delivery:
      rate: 50/s
      retry: {attempts: 3}
""",
    "mappings/canonical/serials.yaml": """\
serials:
  province: {scope: global, label: {zh: 流水号, en: serial}}
""",
    "mappings/canonical/events/case.application.yaml": """\
event: case.application
title: {zh: 申办, en: Application}
subject: case
identity: []
fields:
  serial.province: {type: text, label: {zh: 流水号, en: serial}, required: true}
""",
    "mappings/canonical/events/case.step.yaml": """\
event: case.step
title: {zh: 审批, en: Step}
subject: case
identity: []
fields:
  serial.province: {type: text, label: {zh: 流水号, en: serial}, required: true}
""",
    "mappings/plain/dialect.yaml": """\
dialect: plain
title: {zh: 平, en: Plain}
codec: {in: json, out: json}
charset: utf-8
versioning: number
""",
    "mappings/plain/case.application.yaml": """\
event: case.application
record: APPLY
fields: {serial.province: NO}
""",
    "mappings/plain/case.step.yaml": """\
event: case.step
record: STEP
fields: {serial.province: NO}
""",
    "mappings/portal/dialect.yaml": """\
dialect: portal
title: {zh: 门户, en: Portal}
codec: {in: json, out: json}
charset: utf-8
versioning: number
""",
    "mappings/portal/case.application.yaml": """\
event: case.application
record: APPLY
fields: {serial.province: NO}
""",
}


class Tls(BaseModel):
    """A group of settings inside the settings."""

    model_config = ConfigDict(frozen=True)

    verify_host: bool = True
    certificate: Path | None = None


class WireSettings(BaseModel):
    """Settings that do not forbid unknown keys themselves: the loader does."""

    model_config = ConfigDict(frozen=True)

    url: str
    timeout: Duration = 10.0
    limit: Size = 1024
    port: int = Field(default=80, ge=1, le=65535)
    sign: Signing | None = None
    tls: Tls = Tls()
    paths: dict[str, Tls] = {}
    read: str = ""

    def is_read(self) -> bool:
        return self.read != ""


class MemorySettings(BaseModel):
    """Settings of the store."""

    path: Path
    size: Size = 0


async def _open(context: SystemContext) -> Connection:
    raise AssertionError(f"loading opens no system, and opened {context.system}")


def _no_signer(secrets: Any, _options: Any) -> Signer:
    raise AssertionError(f"loading makes no signer, and made one of {len(secrets)} secrets")


class StampOptions(BaseModel):
    """Options of the scheme."""

    model_config = ConfigDict(frozen=True)

    header: str = "x-stamp"


def _check_stamp(secrets: Mapping[str, Secret], _options: StampOptions) -> None:
    if secrets["stamp_token"].reveal() == "unfit":
        raise UnfitSecret("stamp_token", "a token that fits", "合用的令牌")


def _no_store(*given: Any, **named: Any) -> Any:
    raise AssertionError(f"loading opens no store, and opened one with {len(given) + len(named)} arguments")


def adapters() -> Sequence[AdapterSpec]:
    return [AdapterSpec("wire", "Wire", "线", WireSettings, _open, secrets=("token",), queries=always,
                        receipts=frozenset({"column"}))]


@pytest.fixture
def plugged() -> Registry:
    """A registry with one adapter, one store, one signer and the built-in codecs."""
    return Registry(
        adapters={spec.name: spec for spec in adapters()},
        stores={"memory": StoreSpec("memory", MemorySettings, _no_store, _no_store)},
        blob_stores={spec.name: spec for spec in register_blob_stores()},
        codecs={spec.name: spec for spec in register_codecs()},
        functions={},
        signers={
            "stamp": SignerSpec("stamp", "Stamp", "戳", "none", ("stamp_token",), _no_signer, StampOptions,
                                check=_check_stamp),
            "ink": SignerSpec("ink", "Ink", "墨", "none", ("stamp_token",), _no_signer, module="no_such_module",
                              extra="ink"),
        },
        ciphers={}, simulators={}, findings={}, ticket_queues={}, manager=pluggy.PluginManager("guantong"),
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder without a mistake."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def edit(home: Path) -> Callable[..., None]:
    """Replace text that stands once in a file of the home folder, or write the whole file."""

    def change(name: str, *texts: str) -> None:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if len(texts) == 1:
            path.write_text(texts[0], encoding="utf-8")
            return
        before, after = texts
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {name}"
        path.write_text(text.replace(before, after), encoding="utf-8")

    return change


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment in which the home folder has its secrets."""
    return dict(ENVIRON)


@pytest.fixture
def loaded(home: Path, plugged: Registry, environ: dict[str, str]) -> Callable[[], Loaded]:
    """Load the home folder."""
    return lambda: load(home, plugged, environ)


