"""What a kiosk sends and hears. These models are the declaration of the interface: its description comes from them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Said(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class ProgressQuery(_Said):
    """By which case: a number of it (any serial it has) and the password its applicant was given (CXMM)."""

    number: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=100)


class Word(_Said):
    """A public word, in Chinese and English."""

    zh: str
    en: str


class Happened(_Said):
    """Something that happened to the case: the kind of event (`case.acceptance`), what it is called, when it happened
    (RFC 3339; "" where it was not told) and what came of it (None where it has no outcome)."""

    event: str
    what: Word
    at: str = ""
    outcome: Word | None = None


class Progress(_Said):
    """How a case stands. `applicant` is masked; `steps` are oldest first, the newest version of each; `finished` says
    that the case has come to its end."""

    number: str
    item: str = ""
    applicant: str = ""
    finished: bool = False
    steps: list[Happened] = []
