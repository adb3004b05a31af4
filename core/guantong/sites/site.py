"""One site: what is known of a centre, a service room or a window. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Where a site stands in the tree; each stands below one of a higher level."""

    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"
    WINDOW = "window"

    @property
    def rank(self) -> int:
        """0 is the highest."""
        return _ORDER.index(self)

    @property
    def zh(self) -> str:
        """The level as it is shown."""
        return LEVELS_ZH[self]


_ORDER = tuple(Level)
LEVELS_ZH: Mapping[Level, str] = {
    Level.CITY: "市", Level.COUNTY: "县区", Level.TOWN: "镇街", Level.VILLAGE: "村居", Level.WINDOW: "窗口",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A place where citizens are served. `parent` is the key of the site above ("": none); `region` a region
    code of up to 12 digits, in GB/T 2260 or not; `opened` and `closed` are dates, `2014-12-31`. A closed site
    stays: cases of its time name it."""

    code: str
    name: str
    level: Level
    parent: str = ""
    region: str = ""
    address: str = ""
    phone: str = ""
    opened: str = ""
    closed: str = ""

    @property
    def key(self) -> str:
        """What names it in the tree: its code; of a window, whose number may be used in every hall, with its hall's."""
        return f"{self.parent}/{self.code}" if self.level is Level.WINDOW else self.code

    def as_json(self) -> dict[str, str]:
        """Its fields as texts, by name."""
        return {name: str(getattr(self, name)) for name in FIELDS}


FIELDS = ("code", "name", "level", "parent", "region", "address", "phone", "opened", "closed")

FACTS: Mapping[str, tuple[str, str]] = {
    "code": ("站点编码", "the site's code"),
    "name": ("站点名称", "the site's name"),
    "level": ("级别", "city, county, town or village"),
    "region": ("行政区划代码", "the site's region code"),
    "address": ("地址", "its address"),
    "phone": ("电话", "its telephone"),
    "path": ("完整名称", "the names from the city down, parted by `/`"),
    "parent": ("上级站点编码", "the code of the site above"),
    "parent_name": ("上级站点名称", "the name of the site above"),
    "county": ("县区编码", "the code of its county"),
    "county_name": ("县区名称", "the name of its county"),
    "town": ("镇街编码", "the code of its town or street"),
    "town_name": ("镇街名称", "the name of its town or street"),
    "window": ("窗口编码", "the code of the window, where the event names one that the tree holds"),
    "window_name": ("窗口名称", "the name of that window"),
}
"""What mappings read as `$site.<name>`, with what it means in Chinese and English."""
