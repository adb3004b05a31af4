"""The home of a county under examination: loaded whole, with the secrets that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guantong.config import Configuration, load
from guantong.config.codes import BAD_SECRET_FILE, NO_SUCH_VARIABLE
from guantong.config.configuration import Loaded, System
from guantong.plugins import Registry
from guantong.problems import Place, Problem, ProblemsError
from guantong.readiness import codes

_SECRETS = (NO_SUCH_VARIABLE, BAD_SECRET_FILE)


@dataclass
class Examined:
    """What loading tells of a county. `configuration` is None where the home does not load; `secret_problems` and
    `other_secrets` are of secrets that are missing, the county's own and those of others; `problems` are all else."""

    county: str
    configuration: Configuration | None = None
    problems: list[Problem] = field(default_factory=list)
    secret_problems: list[Problem] = field(default_factory=list)
    other_secrets: list[Problem] = field(default_factory=list)

    @property
    def systems(self) -> list[System]:
        """The county's systems."""
        found = self.configuration.systems.values() if self.configuration else ()
        return [system for system in found if system.id.startswith(f"{self.county}.")]

    @property
    def own_problems(self) -> list[Problem]:
        """Every error, and the warnings about the county's file and its dialects."""
        return [problem for problem in self.problems if self._is_own(problem)]

    @property
    def others_warnings(self) -> list[Problem]:
        """The warnings about the rest of the home."""
        return [problem for problem in self.problems if not self._is_own(problem)]

    def _is_own(self, problem: Problem) -> bool:
        if problem.code.severity == "error" or problem.place.file == f"config/counties/{self.county}.yaml":
            return True
        dialects = {f"mappings/{system.dialect.name}/" for system in self.systems}
        return problem.place.file.startswith(tuple(dialects))


def examine(home: Path, county: str, registry: Registry, environ: Mapping[str, str]) -> Examined:
    """Load *home* for *county*. Raises `ProblemsError` where there is no such county."""
    file = f"config/counties/{county}.yaml"
    if not (home / file).is_file():
        known = sorted(one.stem for one in (home / "config" / "counties").glob("*.yaml"))
        details = {"county": county[:60], "known": ", ".join(known) or "-"}
        raise ProblemsError([Problem(codes.NO_COUNTY, Place(), details=details)])
    found = Examined(county)
    loaded = load(home, registry, environ)
    for problem in loaded.problems:
        if problem.code in _SECRETS:
            (found.secret_problems if problem.place.file == file else found.other_secrets).append(problem)
        else:
            found.problems.append(problem)
    found.configuration = loaded.configuration
    if loaded.configuration is None and not any(one.code.severity == "error" for one in found.problems):
        # Only secrets are missing. Those of others are not this county's.
        again = load_without(home, registry, environ, found.other_secrets) if not found.secret_problems else loaded
        found.configuration = again.configuration or load(home, registry, environ, secrets=False).configuration
    return found


def load_without(home: Path, registry: Registry, environ: Mapping[str, str], others: Iterable[Problem]) -> Loaded:
    """Load *home* for who needs none of the secrets whose variables are missing as *others* tell: anything stands for them."""
    stand_ins = {str(one.details["name"]): "not looked at" for one in others if one.code is NO_SUCH_VARIABLE}
    return load(home, registry, {**stand_ins, **environ})
