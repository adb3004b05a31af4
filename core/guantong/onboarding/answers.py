"""The answers from which a county's files are made: one declaration for the file, the questions and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from guantong.config.declared import Name, Region, SecretSource, Title
from guantong.config.policies import Policy
from guantong.config.validate import validate
from guantong.config.values import OneOrMany
from guantong.onboarding.codes import NO_ANSWERS
from guantong.oserrors import in_words
from guantong.problems import Place, Problem
from guantong.yamlfile import Items, Table, parse_bytes

DialectName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


Texts = dict[Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$", max_length=400)], OneOrMany[str]]


class FieldAnswer(Policy):
    """What a field of theirs means, with their codes where it has any (`{online: "2"}`: our word, theirs)."""

    to: str = Field(min_length=1, max_length=200)
    codes: dict[str, OneOrMany[str]] = Field(default_factory=dict)


class ReplyAnswer(Policy):
    """What of their reply decides, by path in it (`{Receipt/Code: "0"}`): `success` (a list of tables where several ways are), `duplicate`
    (they have it already), `refused` (they never will). What nobody tells is kept for a person."""

    success: Texts | tuple[Texts, ...] = ()
    duplicate: Texts = Field(default_factory=dict)
    refused: Texts = Field(default_factory=dict)


class Answers(Policy):
    """`answers.yaml`: what only the city knows of a county. Everything else is derived.

    `county` is the file's name and the first half of the system's id; `profile` names the interface;
    `address` is where it is reached, in one line without a password (`http://…`, `mysql+pymysql://…`,
    `sftp://…`, a folder, `amqp://…`). `from` names what the vendor handed over (data dictionary, DDL, WSDL,
    samples): the dialect is then drafted from it; without it, it extends `extends`, by default the shipped
    dialect that speaks the profile. `settings` lies over the profile's; `secrets` says where they come
    from where that is not an environment variable named after county and secret. `facts` are what the dialect reads
    of its system, as `$system.…`. `host_keys` are the fingerprints or public keys of the server at an `sftp://` address. `sends: no` says that nothing is sent to the county: it only reports. `test_door` opens a door at which the vendor can try its records. `city` is asked
    only where the home is new. Of an interface by a WSDL, `events` says which event an operation is about, `fields` what a field means
    (`{record/ApplyNo: serial.province}`), `reply` which replies mean what, and `serve` how the county reports to us: by calling a service of
    ours (`ours`: by our WSDL, `theirs`: by the operations of its own WSDL), or not (`no`).
    """

    county: Name
    name: Title
    region: Region
    profile: Name
    address: str = Field(default="", max_length=500)
    system: Name = "approval"
    role: Name = "county"
    title: Title | None = None
    dialect: DialectName | None = None
    extends: DialectName | None = None
    material: OneOrMany[str] | None = Field(default=None, alias="from")
    settings: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[str, SecretSource] = Field(default_factory=dict)
    facts: dict[str, str] = Field(default_factory=dict)
    host_keys: OneOrMany[str] | None = None
    sends: bool = True
    test_door: bool = False
    city: Title | None = None
    events: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, FieldAnswer | str] = Field(default_factory=dict)
    reply: ReplyAnswer | None = None
    serve: Literal["no", "ours", "theirs"] = "no"


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers, with where each stands; `folder` is what paths in them are relative to."""

    said: Answers
    table: Table
    folder: Path

    def place(self, *names: str) -> Place:
        """Where the answer at these keys stands, as far as they lead."""
        return self.table.place_of(names, Place(self.table.place.file, 1, 1))


def read_answers(file: Path) -> tuple[Answered | None, list[Problem]]:
    """The answers in *file*, or None and every mistake in them."""
    try:
        body = file.read_bytes()
    except OSError as error:
        what, what_zh = in_words(error)
        return None, [Problem(NO_ANSWERS, Place(file.as_posix()), details={"what": what, "what_zh": what_zh})]
    return answers_from(body, file.as_posix(), file.absolute().parent)


def answers_from(body: bytes, name: str, folder: Path) -> tuple[Answered | None, list[Problem]]:
    """The answers in the bytes of the file *name*."""
    node, problems = parse_bytes(body, name)
    if node is None or problems:
        return None, problems
    if not isinstance(node, Table):
        came = ("a list", "列表") if isinstance(node, Items) else ("a text", "文本")
        details = {"what": f"expected a table of keys, came {came[0]}", "what_zh": f"应为键值表，实际为{came[1]}"}
        return None, [Problem(NO_ANSWERS, Place(name, 1, 1), details=details)]
    said, problems = validate(node, Answers, Place(name, 1, 1))
    return (Answered(said, node, folder), problems) if said is not None else (None, problems)
