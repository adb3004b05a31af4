"""The key that checkpoints are signed with: the configuration's, or one that is made at the first start, as the vault's are."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from guantong.config.audit import read_key
from guantong.config.codes import BAD_AUDIT_KEY, NEEDS_SM
from guantong.config.configuration import Configuration
from guantong.keyfile import write_key
from guantong.problems import Place, Problem, ProblemsError
from guantong.proof.codes import OTHER_KEY
from guantong.proof.notary import told
from guantong.proof.note import BadKey, NeedsPackage, SigningKey, VerifierKey, new_key
from guantong.proofstore import KeptCheckpoint

FILE = "audit.key"
LOCAL = "guantong.local"


def signing_key(configuration: Configuration, *, create: bool = False, environ: Mapping[str, str] | None = None) -> SigningKey | None:
    """The key by which the home signs; None where it has none. Where the configuration was loaded without secrets, this one is
    looked for in *environ*. *create*: makes one in `keys.folder` where the configuration names none. Raises `ProblemsError` where
    what is there is no key, or cannot be read or written."""
    if configuration.audit_key is not None:
        return SigningKey(configuration.audit_key.reveal())
    if configuration.audit.key is not None:
        secret, problems = read_key(configuration.audit, Place(), configuration.home, environ)
        if secret is None and problems:
            raise ProblemsError(problems)
        return SigningKey(secret.reveal()) if secret is not None else None
    path = configuration.keys.folder / FILE
    try:
        if create and not path.exists():
            write_private(path, new_key(f"{LOCAL}/{secrets.token_hex(4)}"))
        return SigningKey(path.read_text(encoding="utf-8")) if path.exists() else None
    except NeedsPackage:
        raise ProblemsError([Problem(NEEDS_SM, path=f"keys.folder: {FILE}")]) from None
    except (BadKey, UnicodeError, OSError) as error:
        what = str(error) if isinstance(error, BadKey) else type(error).__name__
        raise ProblemsError([Problem(BAD_AUDIT_KEY, path=f"keys.folder: {FILE}", details={"what": what})]) from None


def key_of_log(configuration: Configuration, newest: KeptCheckpoint | None, *, create: bool, environ: Mapping[str, str] | None = None) -> SigningKey | None:
    """The key by which the home goes on with the log of which *newest* is the last checkpoint. As `signing_key`, but that none is made for a log
    that has checkpoints. Raises `ProblemsError` also where theirs is another's name, or their key is gone."""
    found = signing_key(configuration, create=create and newest is None, environ=environ)
    said = told(newest) if newest is not None else None
    if said is None or (found is None and not create) or (found is not None and found.name == said.origin):
        return found
    came, came_zh = ("no log: it is gone", "空（密钥不存在）") if found is None else (found.name, f" {found.name}")
    raise ProblemsError([Problem(OTHER_KEY, path="audit.key", details={"origin": said.origin, "came": came, "came_zh": came_zh})])


def former_keys(configuration: Configuration) -> list[VerifierKey]:
    """Public keys that signed before; loading the configuration checked them."""
    return [VerifierKey(line) for line in configuration.audit.former]


def write_private(path: Path, text: str) -> bool:
    """Keep a private line; False where there is such a file already, which stays. Raises `OSError`."""
    return write_key(path, f"{text}\n".encode())
