"""What `guantong simulate` imitates when it is not told a simulator by name: a profile, a system of this home, a folder of
samples, a WSDL. Each comes to a simulator and its settings."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from guantong.cli.home import configuration, known_system
from guantong.config import Configuration, load
from guantong.config.configuration import System
from guantong.config.needs import needed_by
from guantong.onboarding.shipped import example_of
from guantong.plugins import registry
from guantong.problems import Code, Problem, ProblemsError, nearest
from guantong.readiness.loading import load_without
from guantong.simulator import SimulatorSpec
from guantong.starter import starter
from guantong.yamlfile import plain, read_yaml

NO_SIMULATOR = Code(
    "GT828", "no simulator stands for the profile {profile!r}{near}", "没有模拟接口模板 {profile!r} 的系统{near}",
    "write one of: {known}; or imitate it from samples (--samples) or a WSDL (--wsdl)",
    "可用：{known}；也可按样例（--samples）或 WSDL（--wsdl）模拟",
)


NO_SUCH_FILE = Code(
    "GT829", "there is nothing to imitate at {path}", "{path} 处没有可模拟的内容",
    "give --samples a folder, --wsdl a file", "--samples 应为文件夹，--wsdl 应为文件",
)


@dataclass(frozen=True, slots=True)
class Imitation:
    """A simulator and what is known of its settings; `invented` are secrets that the caller must learn."""

    spec: SimulatorSpec
    settings: Mapping[str, Any]
    invented: Mapping[str, str] = field(default_factory=dict)


def of_profile(profile: str, county: str) -> Imitation:
    """The simulator of a profile, as *county* ("": as the one it was made for), with secrets that are invented."""
    spec, settings = _standing_for(profile)
    invented = {name: secrets.token_hex(16) for name in _secrets_of(profile)}
    named = _named(spec, county, "approval") if county else {}
    return Imitation(spec, {**settings, **named, "secrets": invented}, invented)


def _secrets_of(profile: str) -> Sequence[str]:
    """The secrets that a system of *profile* has: those of the shipped one, or, where none ships, those its settings need."""
    if example := example_of(profile):
        return example.secrets
    said, _ = read_yaml(starter("config") / "profiles" / f"{profile}.yaml")
    plugged = registry()
    table = plain(said) if said is not None else {}
    if not isinstance(table, dict) or table.get("adapter") not in plugged.adapters:
        return ()
    try:
        settings = plugged.adapters[table["adapter"]].settings.model_validate({"url": "http://127.0.0.1", **table.get("settings", {})})
    except ValidationError:
        return ()  # a profile that says too little by itself: nothing is known of its secrets
    return sorted(needed_by(settings, plugged.schemes))


def of_system(home: Path, ident: str) -> Imitation:
    """The simulator of a system of *home*: its profile's, with the secrets the hub uses and the hub's address. Of
    other systems no secret is needed. Raises `ProblemsError` where one of its own is missing."""
    known_system(configuration(home), ident, None)
    loaded = _with_its_secrets(home, ident)
    system: System = loaded.systems[ident]
    spec, settings = _standing_for(system.profile)
    county, _, key = ident.partition(".")
    given = {name: secret.reveal() for name, secret in system.secrets.items()}
    hub = f"http://{loaded.hub.listen_host}:{loaded.hub.listen_port}"
    return Imitation(spec, {**settings, **_named(spec, county, key), "secrets": given, "hub_url": hub})


def success_of(home: Path, ident: str) -> dict[str, str]:
    """What a reply says that the rules of a system of *home* call a success: the first such rule, the first text of each field."""
    known_system(configuration(home), ident, None)
    system: System = _with_its_secrets(home, ident).systems[ident]
    rule = next((one for one in system.judging if one.means == "success" and one.fields), None)
    return {one.path: one.texts[0] for one in rule.fields} if rule is not None else {}


def _with_its_secrets(home: Path, ident: str) -> Configuration:
    county, _, key = ident.partition(".")
    told = load(home.resolve(), registry(), os.environ).problems
    its = [one for one in told if Path(one.place.file).stem == county and one.path.startswith(f"systems.{key}.")]
    loaded = load_without(home.resolve(), registry(), os.environ, [one for one in told if one not in its])
    if loaded.configuration is None:
        raise ProblemsError([one for one in loaded.problems if one.code.severity == "error"])
    return loaded.configuration


def of_files(kind: str, path: Path) -> Imitation:
    """The simulator of a folder of samples or of a WSDL (*kind* names it, and the key of its settings). Raises
    `ProblemsError` where there is none."""
    if not (path.is_dir() if kind == "samples" else path.is_file()):
        raise ProblemsError([Problem(NO_SUCH_FILE, details={"path": path.as_posix()})])
    return Imitation(registry().simulators[kind], {kind: os.path.abspath(path)})


def _standing_for(profile: str) -> tuple[SimulatorSpec, Mapping[str, Any]]:
    found = {name: (spec, settings) for spec in registry().simulators.values() for name, settings in spec.profiles.items()}
    if profile not in found:
        like = nearest(profile, found)
        details = {"profile": profile, "known": ", ".join(sorted(found)), "near": f" ({like}?)" if like else ""}
        raise ProblemsError([Problem(NO_SIMULATOR, details=details)])
    return found[profile]


def _named(spec: SimulatorSpec, county: str, key: str) -> dict[str, Any]:
    """The settings that say which county it is, as far as this simulator has them."""
    fields = spec.settings.model_fields
    said: dict[str, Any] = {"county": county} if "county" in fields else {}
    if "serial_prefix" in fields:
        said["serial_prefix"] = county[:2].upper()
    if "hub_path" in fields:
        usual = str(fields["hub_path"].default)
        said["hub_path"] = f"/in/{county}.{key}/{usual.rpartition('/')[2]}"
    return said
