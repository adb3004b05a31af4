"""The sites of the demo: an invented tree of each county's towns, two villages each, and two windows in every town."""

from __future__ import annotations

from typing import NamedTuple

from guantong_plugins.demo.stories.counties import COUNTIES, County

CITY, CITY_REGION = "揭阳市", "445200000000"
_HEADS = "站点编码,站点名称,级别,上级"
_VILLAGES = ("东", "西")
_WINDOWS = ("01", "02")


class Place(NamedTuple):
    """Where a case was taken on: the site's code, its name, its names from the city down, and the window ("": none)."""

    code: str
    name: str
    path: str
    window: str


def windows(county: County) -> list[Place]:
    """The windows of every town centre of *county*: the first of each, then the second."""
    return [Place(_town(county, number), f"{town}便民服务中心", _above(county, town), window)
            for window in _WINDOWS for number, town in enumerate(county.towns, 1)]


def rooms(county: County) -> list[Place]:
    """The rooms of the villages of *county*. The last one of the last town never has a case: it is not yet connected."""
    found = [
        Place(f"{_town(county, number)[:9]}20{village}", name, f"{_above(county, town)}/{name}", "")
        for number, town in enumerate(county.towns, 1)
        for village, name in enumerate((_village(town, side) for side in _VILLAGES), 1)
    ]
    return found[:-1]


def place_named(code: str) -> Place:
    """The place with this code."""
    return next(place for county in COUNTIES for place in (*windows(county), *rooms(county)) if place.code == code)


def table() -> str:
    """The table city IT imports, as delimited text."""
    lines = [_HEADS, f"{CITY_REGION},{CITY},市,"]
    for county in COUNTIES:
        lines.append(f"{county.region}000000,{county.name},县区,{CITY_REGION}")
        for number, town in enumerate(county.towns, 1):
            code = _town(county, number)
            lines.append(f"{code},{town}便民服务中心,镇街,{county.region}000000")
            lines += [f"{window},综合窗口,窗口,{code}" for window in _WINDOWS]
            lines += [f"{code[:9]}20{village},{_village(town, side)},村居,{code}"
                      for village, side in enumerate(_VILLAGES, 1)]
    return "\n".join(lines) + "\n"


def _above(county: County, town: str) -> str:
    return f"{CITY}/{county.name}/{town}便民服务中心"


def _town(county: County, number: int) -> str:
    return f"{county.region}{number:03d}000"


def _village(town: str, side: str) -> str:
    return f"{town[:2]}{side}村便民服务室"
