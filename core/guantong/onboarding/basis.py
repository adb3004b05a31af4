"""What a county's files need beside them: in a new home the hub's own files, the city and the routes; always the
profile, the model and the dialects that are named. All of it comes from the starter, byte for byte where it can."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from guantong.config.declared import Title
from guantong.config.nodes import text_of
from guantong.mapping.excel.values import quoted
from guantong.onboarding.answers import Answers
from guantong.onboarding.shipped import chain, systems_in
from guantong.starter import starter

_NAME = re.compile(r"^name: .*$", re.MULTILINE)
_REGION = re.compile(r'^region: ".*"', re.MULTILINE)
_HUB_NAME = re.compile(r"(?<=name: )\S*政务服务交换枢纽")


def basis(home: Path, answers: Answers, dialects: Iterable[str]) -> dict[str, bytes]:
    """The files to add to *home*, by their paths below it; none that is there already."""
    needed = {*dialects}
    files: dict[str, bytes] = {}
    profiles = {answers.profile}
    config = starter("config")
    if not (home / "config").is_dir():
        for name in ("guantong.yaml", "routes.yaml", "city.yaml", "supervision.yaml"):
            files[f"config/{name}"] = (config / name).read_bytes()
        for system in systems_in(config / "city.yaml"):
            needed.add(text_of(system.get("dialect")))
            profiles.add(text_of(system.get("profile")))
        _call(files, answers)
    elif not (home / "config" / "routes.yaml").is_file():
        files["config/routes.yaml"] = (config / "routes.yaml").read_bytes()
    for name in sorted(profiles):
        if (config / "profiles" / f"{name}.yaml").is_file():
            files[f"config/profiles/{name}.yaml"] = (config / "profiles" / f"{name}.yaml").read_bytes()
    files |= _mappings(home, needed)
    return {name: body for name, body in files.items() if not (home / name).exists()}


def _mappings(home: Path, dialects: Iterable[str]) -> dict[str, bytes]:
    """The model, and the *dialects* with what they extend."""
    shipped = starter("mappings")
    folders = [] if (home / "mappings" / "canonical").is_dir() else ["canonical"]
    for dialect in sorted(dialects):
        there = chain(home / "mappings", dialect)
        known = chain(shipped, dialect)
        folders += [name for name in known if name not in there and not (home / "mappings" / name).is_dir()]
    return {
        f"mappings/{file.relative_to(shipped).as_posix()}": file.read_bytes()
        for folder in dict.fromkeys(folders) for file in sorted((shipped / folder).rglob("*.yaml"))
    }


def _call(files: dict[str, bytes], answers: Answers) -> None:
    """Give a new home the city's own name and region; the region is the county's, at the level of the city."""
    city = answers.city or Title(zh="本市", en="City")
    region = f"{answers.region[:4]}00"
    text = files["config/city.yaml"].decode()
    text = text.replace("揭阳市：", f"{city.zh}：", 1)
    text = _NAME.sub(lambda _: f"name: {shown_title(city)}", text, count=1)
    files["config/city.yaml"] = _REGION.sub(f'region: "{region}"', text, count=1).encode()
    hub = files["config/guantong.yaml"].decode()
    files["config/guantong.yaml"] = _HUB_NAME.sub(lambda _: quoted(f"{city.zh}政务服务交换枢纽"), hub, count=1).encode()


def shown_title(title: Title) -> str:
    """A title as a table in flow style."""
    return f"{{zh: {quoted(title.zh)}, en: {quoted(title.en)}}}" if title.en else f"{{zh: {quoted(title.zh)}}}"
