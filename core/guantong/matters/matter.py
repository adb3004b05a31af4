"""One version of a matter. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter (事项) in one of its versions: `code` is its 实施编码, `old_code` the code of the former list (SXBM),
    `short_code` that of the list of powers and duties (权责清单码), `situation` its case (情形). `type`, `level`, `kind`
    and units are canonical words. `since` and `until` are days, `2014-12-31`, both included; "" is open."""

    code: str
    version: int
    name: str
    old_code: str = ""
    short_code: str = ""
    basic_code: str = ""
    situation: str = ""
    region: str = ""
    org_code: str = ""
    org_name: str = ""
    type: str = ""
    level: str = ""
    kind: str = ""
    legal_limit: str = ""
    legal_limit_unit: str = ""
    promised_limit: str = ""
    promised_limit_unit: str = ""
    since: str = ""
    until: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What tells versions apart."""
        return self.code, self.version

    def on(self, day: str) -> bool:
        """Whether it is in force on *day*; any day where "" is asked."""
        return not day or ((not self.since or self.since <= day) and (not self.until or day <= self.until))

    def as_json(self) -> dict[str, str | int]:
        return asdict(self)


LABELS: Mapping[str, tuple[str, ...]] = {
    "code": ("实施编码", "事项编码", "事项实施编码", "新编码", "task_code", "code"),
    "version": ("事项版本", "版本", "版本号", "task_version", "version"),
    "name": ("事项名称", "名称", "task_name", "name"),
    "old_code": ("原事项编码", "旧编码", "原编码", "SXBM", "old_code"),
    "short_code": ("权责清单码", "短编码", "事项短编码", "SXBM_SHORT", "short_code"),
    "basic_code": ("基本编码", "catalog_code", "basic_code"),
    "situation": ("情形", "办理情形", "SXQXBM", "situation"),
    "region": ("行政区划代码", "区划代码", "行政区划", "XZQHDM", "region"),
    "org_code": ("实施主体代码", "实施主体编码", "统一社会信用代码", "org_code"),
    "org_name": ("实施主体名称", "实施主体", "实施机构", "org_name"),
    "type": ("事项类型", "type"),
    "level": ("行使层级", "level"),
    "kind": ("办件类型", "kind"),
    "legal_limit": ("法定办结时限", "法定时限", "legal_limit"),
    "legal_limit_unit": ("法定办结时限单位", "法定时限单位", "legal_limit_unit"),
    "promised_limit": ("承诺办结时限", "承诺时限", "promised_limit"),
    "promised_limit_unit": ("承诺办结时限单位", "承诺时限单位", "promised_limit_unit"),
    "since": ("生效日期", "启用日期", "计划生效日期", "valid_from", "since"),
    "until": ("失效日期", "停用日期", "计划取消日期", "valid_until", "until"),
}
"""By field: the heads of its column, the first of which an export writes."""
CODED: Mapping[str, str] = {
    "type": "item.type", "level": "item.level", "kind": "case.kind", "legal_limit_unit": "limit.unit",
    "promised_limit_unit": "limit.unit",
}
"""Fields that hold a canonical word, and of which list."""
