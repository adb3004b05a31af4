"""A small home folder: a portal and two counties send; a hall, a watch and the counties are sent to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PERSON, OPINION = "欧阳示例", "该同志符合条件"
"""Invented personal content, which must turn up in no log."""

REPLY = """
    reply:
      decode: json
      rules:
        - {when: {field: {code: "0"}}, means: success}
        - {when: {field: {code: "1"}}, means: duplicate}
        - {when: {field: {code: "3"}}, means: permanent, reason: msg}
        - {when: {field: {code: "4"}}, means: token_expired}
        - {when: {field: {code: "9"}}, means: transient, reason: msg}
      otherwise: unknown
    query:
      decode: json
      rules:
        - {when: {field: {code: "0"}}, means: success}
        - {when: {field: {code: "404"}}, means: permanent}
        - {when: {field: {code: "4"}}, means: token_expired}
      otherwise: unknown
"""
DELIVERY = "concurrency: 3, breaker: {after: 100000}, retry: {first: 1s, most: 4s, attempts: 5, for: 1d}"

FIELDS = """
  serial.province: no
  serial.county: own
  version: {at: ver, default: 1}
  region: region
  title: title
"""
MODEL = """
  serial.province: {type: text, label: {zh: 统一流水号, en: Province serial}}
  serial.county: {type: text, label: {zh: 业务流水号, en: County serial}}
  version: {type: integer, label: {zh: 版本, en: Version}}
  region: {type: region, label: {zh: 区划, en: Region}}
  title: {type: text, label: {zh: 名称, en: Title}, required: true}
"""
NEEDS = "out:\n  no: {from: [serial.province, $case.serial.province], need: {wait: 10m, then: park}}\n"

FILES = {
    "config/guantong.yaml": "hub: {name: 试验, listen: 127.0.0.1:0, queue: {accepting: 1000}}\n",
    "config/routes.yaml": """
routes:
  - {name: to-county, events: case.application, from: {role: portal}, to: {role: county, by: region}}
  - {name: to-hall, events: "case.*", from: {role: county}, to: {role: hall}}
  - {name: to-watch, events: "case.*", from: {role: county}, to: {role: watch}, after_dead: pass}
""",
    "mappings/canonical/serials.yaml": "serials:\n  province: {scope: global}\n  county: {scope: system}\n",
    "mappings/canonical/events/_case.yaml": f"fields:{MODEL}",
    "mappings/canonical/events/case.application.yaml": """
event: case.application
title: {zh: 申办, en: Application}
subject: case
identity: []
include: _case
fields:
  applicant.name: {type: text, label: {zh: 申请人, en: Applicant}, personal: personal, mask: name}
""",
    "mappings/canonical/events/case.step.yaml": """
event: case.step
title: {zh: 审批, en: Step}
subject: case
identity: [step.code]
include: _case
fields:
  step.code: {type: text, label: {zh: 环节, en: Step}, required: true}
  step.opinion: {type: text, label: {zh: 意见, en: Opinion}, personal: personal, mask: all}
""",
    "mappings/plain/dialect.yaml": """
dialect: plain
title: {zh: 平, en: Plain}
codec: {in: json, out: json, reply: json}
options: {in: {kind_field: type}, out: {kind_field: type}}
charset: utf-8
versioning: number
""",
    "mappings/plain/case.application.yaml": f"event: case.application\nrecord: apply\nfields:{FIELDS}  applicant.name: who\n",
    "mappings/plain/case.step.yaml":
        f"event: case.step\nrecord: step\nfields:{FIELDS}  step.code: code\n  step.opinion: opinion\n",
    "mappings/arriving/dialect.yaml":
        "dialect: arriving\ntitle: {zh: 无版本, en: Arriving}\nextends: plain\nversioning: arrival\n",
    "mappings/minting/dialect.yaml": "dialect: minting\ntitle: {zh: 厅, en: Minting}\nextends: plain\n",
    "mappings/minting/case.application.yaml": "event: case.application\nreply: {serial.province: minted}\n",
    "mappings/minting/case.step.yaml": f"event: case.step\n{NEEDS}",
}


def system(key: str, role: str, dialect: str = "plain", *, delivery: str = "unknown: retry", more: str = "",
           adapter: str = "adapter: played") -> str:
    """One system of a place file."""
    return (f"  {key}:\n    role: {role}\n    {adapter}\n    dialect: {dialect}\n"
            f"    delivery: {{{DELIVERY}, {delivery}}}\n{more}{REPLY}")


def write_home(home: Path, *, delivery: Mapping[str, str] | None = None, more: Mapping[str, str] | None = None,
               files: Mapping[str, str] | None = None, adapter: str = "adapter: played") -> Path:
    """Write the home folder. *delivery* and *more* are YAML by system id; *files* replaces whole files."""
    given, extra = delivery or {}, more or {}

    def of(ident: str, role: str, dialect: str = "plain") -> str:
        return system(ident.split(".")[1], role, dialect, delivery=given.get(ident, "unknown: retry"),
                      more=extra.get(ident, ""), adapter=adapter)

    places = {
        "config/city.yaml": ("市", "445200", of("city.portal", "portal") + of("city.hall", "hall", "minting")
                             + of("city.watch", "watch")),
        "config/counties/east.yaml": ("东", "445202", of("east.approval", "county")),
        "config/counties/west.yaml": ("西", "445203", of("west.approval", "county", "arriving")),
    }
    written = {**FILES, **(files or {})}
    for name, (title, region, systems) in places.items():
        written.setdefault(name, f"name: {{zh: {title}}}\nregion: \"{region}\"\nsystems:\n{systems}")
    for name, text in written.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home
