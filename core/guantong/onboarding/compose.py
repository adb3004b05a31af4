"""From answers to files: what `county add` writes, tried out before it is."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from guantong.adapter import AdapterSpec, Addressed, NotAnAddress
from guantong.config import Loaded, load
from guantong.config.codes import NOT_FOUND
from guantong.config.validate import advice
from guantong.fitting.codes import UNFINISHED
from guantong.onboarding import codes
from guantong.onboarding.answers import Answered, Answers
from guantong.onboarding.basis import basis
from guantong.onboarding.checks import reserved, with_host_keys
from guantong.onboarding.interfacefiles import from_interface
from guantong.onboarding.material import Material, drafted
from guantong.onboarding.place import dialect_file, dialect_of, place_file, variables_file
from guantong.onboarding.routing import routed_roles, with_routes
from guantong.onboarding.shipped import Profile, dialect_title, dialects, example_of, profiles, spoken_by
from guantong.onboarding.trial import concerning, facts_wanted, secrets_of, tried
from guantong.plugins import registry
from guantong.problems import Problem, in_order
from guantong.starter import starter


@dataclass
class Composed:
    """The files of a county: `own` says what is new, `shipped` is copied from the starter; and what is wrong.
    `secrets` are the names its system needs; `wanted` the facts it needs and the answers do not tell, among the problems, too;
    `left` is what a drafted dialect does not say yet, which routes want."""

    own: dict[str, bytes] = field(default_factory=dict)
    shipped: dict[str, bytes] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    wanted: list[Problem] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)
    dialect: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    """What its system says beside its settings, as its interface wants it."""

    @property
    def wrong(self) -> bool:
        """Whether anything hinders the writing."""
        return any(problem.code.severity == "error" for problem in self.problems)

    def files(self) -> dict[str, bytes]:
        """All files by their paths below the home."""
        return {**self.shipped, **self.own}


def compose(home: Path, answered: Answered, *, force: bool = False) -> Composed:
    """The files of the county that *answered* describes, and every mistake. Nothing is written."""
    made, said = Composed(), answered.said
    known = profiles(home)
    profile = known.get(said.profile)
    if profile is None:
        details = {"kind": "profile", "kind_zh": "接口模板", "name": said.profile, **advice(said.profile, list(known))}
        made.problems.append(Problem(NOT_FOUND, answered.place("profile"), "profile", details))
        _without_profile(home, answered, made)
        return made
    if not said.sends and not profile.says("send"):
        made.problems.append(Problem(codes.NO_SEND_TO_LEAVE, answered.place("sends"), "sends", {"profile": said.profile}))
    made.problems += reserved(home, answered)
    answered = _named(home, answered)
    said, made.dialect = answered.said, dialect_of(answered.said)
    address = _address(answered, profile, made)
    spec = registry().adapters.get(profile.adapter)
    material = drafted(home, answered, spec) if said.material else Material()
    made.problems += material.problems
    parent = "" if said.material else _dialect(home, answered, made)
    around = None
    if spec is not None and not made.wrong:
        around = from_interface(home, answered, spec, material, address.settings)
        made.problems += around.problems
        made.own |= around.own
        made.keys = around.keys
        address = address._replace(settings={**address.settings, **around.settings})
    hindered = made.wrong
    made.own |= {f"mappings/{made.dialect}/{file}": body for file, body in material.files.items()}
    made.shipped = basis(home, said, [parent, made.dialect])
    if around is not None:
        made.shipped |= {name: body for name, body in around.shipped.items() if not (home / name).exists()}
    _routes(home, answered, made)
    loaded = _with_secrets(home, answered, profile, address, made)
    before = load(home, registry(), os.environ, secrets=False) if (home / "config").is_dir() else None
    found = concerning(loaded, made.own, before, answered)
    if hindered:  # what follows from mistakes that are told already would only hide them: what was said of settings is judged by itself
        wrong = {problem.place for problem in made.problems}
        made.problems += [one for one in found if _was_said(one, said) and one.place not in wrong]
        made.problems = in_order(made.problems)
        return made
    made.wanted, found = facts_wanted(found, answered)
    made.problems += made.wanted
    made.left = [one for one in found if said.material and (one.place.file == "config/routes.yaml" or one.code.id in UNFINISHED)]
    made.problems += [one for one in found if one not in made.left]
    if not force:
        made.problems += _there_already(home, answered, made)
    made.problems = in_order(made.problems)
    return made


def _named(home: Path, answered: Answered) -> Answered:
    """The answers with the dialect's name: the county's, unless that is another's already."""
    said, example = answered.said, example_of(answered.said.profile)
    own = dialect_of(said)
    taken = own in dialects(home) and not (example and example.dialect == own) and not _extends_only(home, own)
    name = f"{own}-{said.system}" if taken and said.dialect is None else own
    return replace(answered, said=said.model_copy(update={"dialect": name}))


def _extends_only(home: Path, dialect: str) -> bool:
    """Whether the home's own dialect of this name was made by an earlier `county add`: nothing ships under its name."""
    return (home / "mappings" / dialect).is_dir() and not (starter("mappings") / dialect).is_dir()


def _address(answered: Answered, profile: Profile, made: Composed) -> Addressed:
    spec = registry().adapters.get(profile.adapter)
    if spec is None or not answered.said.address:
        return Addressed({})  # loading tells of a missing adapter, and of settings that are missing
    try:
        return with_host_keys(answered, spec.address(answered.said.address), made.problems)
    except NotAnAddress as error:
        details = {"adapter": profile.adapter, "expected": error.expected, "expected_zh": error.expected_zh}
        made.problems.append(Problem(codes.NOT_AN_ADDRESS, answered.place("address"), "address", details))
        return Addressed({})


def _without_profile(home: Path, answered: Answered, made: Composed) -> None:
    """What is wrong whatever the profile is."""
    said = answered.said
    made.problems += reserved(home, answered)
    if said.extends is not None and not said.material and said.extends not in (known := dialects(home)):
        details = {"kind": "dialect", "kind_zh": "数据规范", "name": said.extends, **advice(said.extends, known)}
        made.problems.append(Problem(NOT_FOUND, answered.place("extends"), "extends", details))
    if said.address:
        specs = registry().adapters.values()
        if not any(_is_address(spec, said.address) for spec in specs):
            words = {"adapter": said.profile, "expected": "an address, a folder or a database", "expected_zh": "地址、文件夹或数据库"}
            made.problems.append(Problem(codes.NOT_AN_ADDRESS, answered.place("address"), "address", words))
    made.problems = in_order(made.problems)


def _is_address(spec: AdapterSpec, address: str) -> bool:
    try:
        spec.address(address)
    except NotAnAddress:
        return False
    return True


def _was_said(problem: Problem, said: Answers) -> bool:
    """Whether it is of settings that the answers name, or of the test door: not of what would have been drafted."""
    keys = problem.path.split(".")
    return keys[0] == "test_door" or (keys[0] == "settings" and len(keys) > 1 and keys[1].partition("[")[0] in said.settings)


def _dialect(home: Path, answered: Answered, made: Composed) -> str:
    """Add the dialect's own files, where it is not one that is there; the shipped dialect it builds on."""
    said, name = answered.said, dialect_of(answered.said)
    known = dialects(home)
    if said.extends is None and name in known and not _extends_only(home, name):
        return name  # spoken as it is
    parent = said.extends or spoken_by(home, said.profile)
    if not parent:
        titles = {one: dialect_title(home, one) for one in known}
        details = {"profile": said.profile, "known": "; ".join(f"{one} = {en}" if en else one for one, (_, en) in titles.items()),
                   "known_zh": "；".join(f"{one}：{zh}" if zh else one for one, (zh, _) in titles.items())}
        made.problems.append(Problem(codes.NOTHING_TO_EXTEND, answered.place(), "extends", details))
    elif parent not in known:
        details = {"kind": "dialect", "kind_zh": "数据规范", "name": parent, **advice(parent, known)}
        made.problems.append(Problem(NOT_FOUND, answered.place("extends"), "extends", details))
    else:
        made.own[f"mappings/{name}/dialect.yaml"] = dialect_file(said, parent).encode()
    return parent


def _routes(home: Path, answered: Answered, made: Composed) -> None:
    """Routes for the county's role, where none mentions it."""
    role, name = answered.said.role, "config/routes.yaml"
    routes = home / name
    if not routes.is_file() or role in routed_roles(routes):
        return
    body = with_routes(routes, role)
    if body is None:
        made.problems.append(Problem(codes.ROUTES_UNCLEAR, answered.place("role"), "role", {"role": role}))
    else:
        made.own[name] = body


def _with_secrets(home: Path, answered: Answered, profile: Profile, address: Addressed, made: Composed) -> Loaded:
    """Add the place file with the secrets its settings need, which loading tells; how the home loads with it."""
    said, example = answered.said, example_of(answered.said.profile)
    place = f"config/counties/{said.county}.yaml"
    usual = address.secrets if address.secrets is not None else example.secrets if example else ()
    named = {*said.secrets, *usual}
    while True:
        made.secrets = tuple(sorted(named))
        made.own[place] = place_file(answered, profile, address.settings, made.secrets, made.keys).encode()
        loaded = tried(home, made.files())
        needed, idle = secrets_of(loaded, place)
        better = (named | needed) - (idle - said.secrets.keys())
        if better == named:
            break
        named = better
    variables = variables_file(said, made.secrets)
    if variables:
        made.own[f"{place.removesuffix('.yaml')}.env.example"] = variables.encode()
    return loaded


def _there_already(home: Path, answered: Answered, made: Composed) -> list[Problem]:
    """What would be written over. Routes are only added to."""
    return [
        Problem(codes.THERE_ALREADY, answered.place("county"), "county", {"file": name})
        for name, body in made.own.items()
        if name != "config/routes.yaml" and (home / name).is_file() and (home / name).read_bytes() != body
    ]
