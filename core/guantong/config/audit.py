"""`audit:` of `guantong.yaml`: how the journal is proved, and by which key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from guantong.config import codes
from guantong.config.declared import SecretSource
from guantong.config.policies import Policy
from guantong.config.secrets import read_secret
from guantong.config.values import Duration
from guantong.problems import Place, Problem
from guantong.secret import Secret

NAME = "audit.key"


class SigningKeys(Policy):
    """`checkpoint:`. A checkpoint is signed when `entries` lines came since the last, or `every` so long where any came."""

    entries: int = Field(default=100_000, ge=1)
    every: Duration = Field(default=3600.0, ge=1, le=604_800)


class TimeStamping(Policy):
    """`tsa:`. The authority whose time stamps of checkpoints are believed: a file of PEM certificates that its own leads to; `hash` is
    what it is asked by."""

    ca: Annotated[str, Field(min_length=1, max_length=1000)]
    hash: Literal["sha256", "sm3"] = "sha256"


class AuditKeys(Policy):
    """`audit:`. The journal's lines are sealed into a tree every `every`, by `hash`, which is fixed by the first line that was
    sealed. Checkpoints are signed with `key` (the private line of `guantong audit keys new`; unless given, `audit.key` in
    `keys.folder`, made at the first start) and appended to each file of `anchors`: these belong on another machine's disk, or on
    a medium that cannot be rewritten. `former` are the public lines of keys that signed before: verifying believes them, too. `reveal`
    are the login names (of the operating system) that may see personal values in clear and look for cases by a person's number, always
    with a reason; unless given, whoever may read the keys may."""

    hash: Literal["sha256", "sm3"] = "sha256"
    every: Duration = Field(default=1.0, ge=0.05, le=3600)
    checkpoint: SigningKeys = SigningKeys()
    key: SecretSource | None = None
    former: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field(default_factory=list, max_length=64)
    tsa: TimeStamping | None = None
    anchors: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field(default_factory=list, max_length=16)
    reveal: list[Annotated[str, Field(min_length=1, max_length=100)]] | None = Field(default=None, max_length=1000)


def read_key(keys: AuditKeys, place: Place, home: Path, environ: Mapping[str, str] | None) -> tuple[Secret | None, list[Problem]]:
    """The private line that `audit.key` leads to, and what is wrong with it; None where secrets are not looked for."""
    if keys.key is None or environ is None:
        return None, []
    secret, problems = read_secret(NAME, keys.key, home, environ, place, NAME)
    if secret is not None:
        from guantong.proof.note import BadKey, NeedsPackage, SigningKey  # ciphers load for who has a key

        try:
            SigningKey(secret.reveal())
        except NeedsPackage:
            return None, [*problems, Problem(codes.NEEDS_SM, place, NAME)]
        except BadKey as error:
            return None, [*problems, Problem(codes.BAD_AUDIT_KEY, place, NAME, {"what": str(error)})]
    return secret, problems


def check_former(keys: AuditKeys, place: Place) -> list[Problem]:
    """What is no public line among the `former` ones."""
    problems = []
    for number, line in enumerate(keys.former, 1):
        from guantong.proof.note import BadKey, NeedsPackage, VerifierKey  # the same

        try:
            VerifierKey(line)
        except NeedsPackage:
            problems.append(Problem(codes.NEEDS_SM, place, "audit.former"))
        except BadKey as error:
            problems.append(Problem(codes.BAD_FORMER_KEY, place, "audit.former", {"number": number, "what": str(error)}))
    return problems
