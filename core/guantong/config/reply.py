"""How a system's replies are judged: the declarations of `reply:` and `query:`.

Rules are tried in order; the first whose conditions all hold gives the meaning. This module only declares
them; `guantong.journey` evaluates them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from guantong.config.values import OneOrMany


def _status(value: str) -> str:
    if not _STATUS.fullmatch(value):
        raise PydanticCustomError(
            "written_form", "expected a status",
            {"expected": "one status such as 200, or 5xx for its hundred", "expected_zh": "一个状态，如 200，或以 5xx 表示其整百"},
        )
    return value


_STATUS = re.compile(r"[1-5][0-9]{2}|[1-5]xx|[a-z][a-z_-]*")
Status = Annotated[str, AfterValidator(_status)]
"""A status of a transport: of HTTP three digits or `5xx`, of others a word."""


class Meaning(StrEnum):
    """What a reply means for the delivery."""

    SUCCESS = "success"
    DUPLICATE = "duplicate"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of a meaning, not a password
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class _Declared(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class TextCondition(_Declared):
    """On the reply's text: parts it contains (all of them), or a regular expression found in it. What a group named
    `reason` of the expression finds says why."""

    contains: OneOrMany[Annotated[str, StringConstraints(min_length=1)]] | None = None
    matches: re.Pattern[str] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> TextCondition:
        if (self.contains is None) == (self.matches is None):
            raise PydanticCustomError(
                "refused", "say either `contains:` or `matches:`",
                {"zh": "请写 `contains:` 或 `matches:` 其中之一"},
            )
        return self


class Conditions(_Declared):
    """Conditions on a reply; all that are given must hold."""

    text: TextCondition | None = None
    status: OneOrMany[Status] | None = None
    """The transport's status is one of these; `5xx` stands for its hundred."""
    field: dict[str, OneOrMany[str]] = Field(default_factory=dict)
    """The decoded reply's field at this path (`data/bizNo`; `@code` is an attribute; one step may be `*`, any name: of
    the first 50, the first under which the rest of the path has a text) is one of these texts."""
    meta: dict[str, OneOrMany[str]] = Field(default_factory=dict)
    """What the adapter tells beside the reply (`fault`: the code of a SOAP fault) is one of these texts."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError(
                "refused", "a rule needs a condition: `text:`, `status:`, `field:` or `meta:`",
                {"zh": "规则需要条件：`text:`、`status:`、`field:` 或 `meta:`"},
            )
        return self

    @model_validator(mode="after")
    def _one_star(self) -> Self:
        for path in self.field:
            if path.split("/").count("*") > 1:
                raise PydanticCustomError(
                    "refused", "a path has `*` once at most", {"zh": "一个路径中 `*` 至多出现一次"},
                )
        return self


class When(Conditions):
    """Conditions on a reply; all that are given must hold, and those under `unless` must not all hold."""

    unless: Conditions | None = None


class ReplyRule(_Declared):
    """One rule: when these conditions hold, the reply means this. `reason` is the path in the decoded
    reply of the text that says why; `wait` that of how long the target wants to be left alone (seconds, or
    `30s`, `5m`), for what is `transient`."""

    when: When
    means: Meaning
    reason_at: str | None = Field(default=None, alias="reason")
    wait_at: str | None = Field(default=None, alias="wait")

    @model_validator(mode="after")
    def _waits_for_something(self) -> Self:
        if self.wait_at is not None and self.means is not Meaning.TRANSIENT:
            raise PydanticCustomError(
                "refused", "only what is `transient` is sent again after a wait",
                {"zh": "只有 `transient` 才会等待后重发"},
            )
        return self


class ReplyRules(_Declared):
    """How to read replies and what they mean. Without a matching rule: `otherwise`."""

    decode: Literal["text", "json", "xml"] = "text"
    rules: tuple[ReplyRule, ...] = ()
    otherwise: Meaning = Meaning.UNKNOWN


ReceiptMeaning = Literal["confirmed", "returned", "pending", "token_expired"]
_MEANINGS = {
    "confirmed": Meaning.SUCCESS, "returned": Meaning.PERMANENT, "pending": Meaning.TRANSIENT,
    "token_expired": Meaning.TOKEN_EXPIRED,
}


class ReceiptRule(_Declared):
    """One rule: when these conditions hold, the target has confirmed the delivery, sent it back, or not decided yet.
    `reason` is the path of the text that says why it was sent back."""

    when: When
    means: ReceiptMeaning
    reason_at: str | None = Field(default=None, alias="reason")


class ReceiptRules(_Declared):
    """How to read what a target tells of a delivery that it took. Without a matching rule: `otherwise`."""

    decode: Literal["text", "json", "xml"] = "text"
    rules: tuple[ReceiptRule, ...] = Field(min_length=1)
    otherwise: ReceiptMeaning = "pending"

    @cached_property
    def as_reply(self) -> ReplyRules:
        """The same as rules for replies: confirmed is a success, returned permanent, pending transient."""
        rules = tuple(ReplyRule(when=rule.when, means=_MEANINGS[rule.means], reason=rule.reason_at)
                      for rule in self.rules)
        return ReplyRules(decode=self.decode, rules=rules, otherwise=_MEANINGS[self.otherwise])
