"""How a system's replies are judged: the declarations of `reply:` and `query:`.

Rules are tried in order; the first whose conditions all hold gives the meaning. This module only declares
them; `guantong.journey` evaluates them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from guantong.config.values import OneOrMany


class Meaning(StrEnum):
    """What a reply means for the delivery."""

    SUCCESS = "success"
    DUPLICATE = "duplicate"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of a meaning, not a password
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class TextCondition(_Declared):
    """On the reply's text: a part it contains, or a regular expression found in it."""

    contains: str | None = Field(default=None, min_length=1)
    matches: re.Pattern[str] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> TextCondition:
        if (self.contains is None) == (self.matches is None):
            raise PydanticCustomError(
                "refused", "say either `contains:` or `matches:`",
                {"zh": "请写 `contains:` 或 `matches:` 其中之一"},
            )
        return self


class When(_Declared):
    """Conditions on a reply; all that are given must hold."""

    text: TextCondition | None = None
    status: OneOrMany[str] | None = None
    """The transport's status is one of these; `5xx` stands for its hundred."""
    field: dict[str, OneOrMany[str]] = Field(default_factory=dict)
    """The decoded reply's field at this path (`data/bizNo`) is one of these texts."""

    @property
    def text_contains(self) -> str | None:
        return self.text.contains if self.text else None

    @property
    def text_matches(self) -> re.Pattern[str] | None:
        return self.text.matches if self.text else None

    @model_validator(mode="after")
    def _not_empty(self) -> When:
        if self.text is None and self.status is None and not self.field:
            raise PydanticCustomError(
                "refused", "a rule needs a condition: `text:`, `status:` or `field:`",
                {"zh": "规则需要条件：`text:`、`status:` 或 `field:`"},
            )
        return self


class ReplyRule(_Declared):
    """One rule: when these conditions hold, the reply means this. `reason_at` is the path in the decoded
    reply of the text that says why."""

    when: When
    means: Meaning
    reason_at: str | None = Field(default=None, alias="reason")


class ReplyRules(_Declared):
    """How to read replies and what they mean. Without a matching rule: `otherwise`."""

    decode: Literal["text", "json", "xml"] = "text"
    rules: tuple[ReplyRule, ...] = ()
    otherwise: Meaning = Meaning.UNKNOWN
