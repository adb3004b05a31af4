"""Policies: how the core delivers to a system, waits for its receipts and polls it.

These models are the declaration of the keys of profiles and systems and, frozen, the objects the core
works with. Durations are seconds.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from guantong.config.reply import Conditions, Meaning, ReceiptRules, ReplyRule, ReplyRules, When
from guantong.config.values import Duration, OneOrMany, Rate, Size

UnknownPolicy = Literal["retry", "query", "hold"]
OnUnmappable = Literal["park", "refuse"]


class Policy(BaseModel):
    """A group of configuration keys: immutable, unknown keys refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class CompartmentPolicy(Policy):
    """A process of its own for a system's adapter (`compartment: own`, or its limits): it is ended and started again when
    it holds more than `memory`, or answers nothing for `answers`."""

    memory: Size = Field(default=512 << 20, ge=64 << 20)
    answers: Duration = Field(default=15.0, gt=0)


def _own(value: Any) -> Any:
    """`own` is a compartment with the limits that hold unless given."""
    return {} if value == "own" else value


Compartment = Annotated[CompartmentPolicy, BeforeValidator(_own)]


class RetryPolicy(Policy):
    """Waits grow from `first` by `factor` up to `most`; ends after `attempts` or after `window` seconds. A target that
    says how long it wants to be left alone (`Retry-After`) is left alone so long, up to `asked` (unless given: `most`)."""

    first: Duration = Field(default=1.0, gt=0)
    factor: float = Field(default=2.0, ge=1, le=100, allow_inf_nan=False)
    most: Duration = Field(default=300.0, gt=0)
    attempts: int = Field(default=12, ge=1, le=100_000)
    window: Duration = Field(default=86400.0, gt=0, alias="for")
    asked: Duration | None = None

    @property
    def longest(self) -> float:
        """The longest wait before an attempt, in seconds."""
        return max(self.most, self.asked or 0.0)


class BreakerPolicy(Policy):
    """After `after` failures in a row the system is left alone, but for one probe every `probe` seconds."""

    after: int = Field(default=5, ge=1, le=100_000)
    probe: Duration = Field(default=10.0, gt=0)


class DeliveryPolicy(Policy):
    """How deliveries to one system are made. `unknown` says what follows an attempt without a known end:
    send it again (the target deduplicates), ask the target, or leave it to a person."""

    concurrency: int = Field(default=8, ge=1, le=1000)
    rate: Rate | None = None
    timeout: Duration = Field(default=30.0, gt=0)
    unknown: UnknownPolicy = "hold"
    retry: RetryPolicy = RetryPolicy()
    breaker: BreakerPolicy = BreakerPolicy()


FETCHED = ReplyRules(rules=(
    ReplyRule(when=When(status=("200",), unless=Conditions(meta={"content_type": ("application/json", "text/html")})),
              means=Meaning.SUCCESS),
    ReplyRule(when=When(meta={"result": ("found",)}), means=Meaning.SUCCESS),
    ReplyRule(when=When(meta={"result": ("missing", "unreadable")}), means=Meaning.PERMANENT),
    ReplyRule(when=When(status=("200", "400", "404", "410")), means=Meaning.PERMANENT),
    ReplyRule(when=When(status=("401",)), means=Meaning.TOKEN_EXPIRED),
), otherwise=Meaning.TRANSIENT)
"""How fetching is judged unless said otherwise: an answer in JSON or HTML tells of an attachment and is none."""


class FetchPolicy(Policy):
    """Attachments to which the system's records only refer: where the native field `into` is absent, empty or one of `empty`,
    and `named_by` is not, the content is fetched as `settings.fetch` says before the record is taken, and stands in `into`
    from then on. `from` names another system that has the contents: its `settings.fetch`, address, proof and certificates are
    used, and the record's fields fill in its placeholders. `timeout` bounds the fetching for one message, `largest` one content.
    `reply` judges what comes: a permanent failure parks the record, any other lets it come again; for as long as `for` says,
    counted from when that record, or anything of that system, first could not be fetched: then it parks, too."""

    into: str = Field(min_length=1)
    named_by: str = Field(min_length=1)
    empty: OneOrMany[str] = ("无",)
    source: str | None = Field(default=None, alias="from")
    timeout: Duration = Field(default=30.0, gt=0, le=600)
    largest: Size = Field(default=32 << 20, ge=1024, le=16 << 30)
    window: Duration = Field(default=86400.0, gt=0, alias="for")
    reply: ReplyRules = FETCHED


class EventField(Policy):
    """Which event a receipt is about, by the text at a path: `{at: STEP, of: {"1": case.acceptance}}`."""

    at: str = Field(min_length=1)
    of: dict[str, str] = Field(min_length=1)


class ReceiptMessage(Policy):
    """A record by which a target tells of what it took: its kind, the system that sends it (`from`, if it is another
    than the target itself), and how it names the delivery: by our `key`, or by numbers of the case (`serial`, by kind)
    with the `event` and, where it tells it, the `version`. All are paths in the record (`data/bizNo`)."""

    record: str = Field(min_length=1)
    source: str | None = Field(default=None, alias="from")
    key: str | None = Field(default=None, min_length=1)
    serial: dict[str, str] = Field(default_factory=dict)
    event: str | EventField | None = None
    version: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _names_a_delivery(self) -> Self:
        if self.key is None and not (self.serial and self.event):
            raise PydanticCustomError(
                "refused", "a receipt names its delivery: by `key:`, or by `serial:` and `event:`",
                {"zh": "回执须指明是哪条推送：写 `key:`，或 `serial:` 与 `event:`"},
            )
        return self


class ReceiptPolicy(Policy):
    """How the target's later judgement reaches us, how often we look, and how long it may take. `reply` says what is
    `confirmed`, `returned` or still `pending`: of the answers to the status call (`by: query`), or of the records that
    the target sends (`by: message`, declared in `message`)."""

    by: Literal["none", "reply", "column", "file", "query", "message"] = "none"
    every: Duration = Field(default=60.0, gt=0)
    within: Duration = Field(default=86400.0, gt=0)
    reply: ReceiptRules | None = None
    message: ReceiptMessage | None = None

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Self:
        if self.by in ("query", "message") and self.reply is None:
            raise PydanticCustomError(
                "refused", f"`by: {self.by}` needs `reply:`, rules for what is confirmed or returned",
                {"zh": f"`by: {self.by}` 需要 `reply:`，说明怎样算确认、怎样算退回"},
            )
        if self.by == "message" and self.message is None:
            raise PydanticCustomError(
                "refused", "`by: message` needs `message:`, the record that is a receipt",
                {"zh": "`by: message` 需要 `message:`，说明哪种报文是回执"},
            )
        return self


class MatchKey(NamedTuple):
    """What must be the same of two cases to be one: the value at a path, or days at most *days* apart."""

    path: str
    days: int | None = None


_MATCH_KEY = re.compile(r"(?P<path>[a-z0-9_.]+)(?: *(?:±|\+-) *(?P<days>[0-9]{1,3})d)?")


class ShadowPolicy(Policy):
    """Parallel running (并行试运行): nothing is sent, and what would be is compared with what the system `against` (this
    one itself, unless named) reports of the same event. Cases are the same by a common serial, or by values:
    `[applicant.id_no, item.code, applied_at ±3d]`."""

    against: str | None = None
    match: Literal["serial"] | tuple[str, ...] = "serial"

    @model_validator(mode="after")
    def _keys_read(self) -> Self:
        for text in self.match if self.match != "serial" else ():
            if _MATCH_KEY.fullmatch(text) is None:
                raise PydanticCustomError(
                    "refused", "'{text}' is no path, nor a path with days: applied_at ±3d",
                    {"text": text, "zh": f"“{text}”既不是路径，也不是带天数的路径：applied_at ±3d"},
                )
        if self.match != "serial" and not any(key.days is None for key in self.keys):
            raise PydanticCustomError(
                "refused", "days alone tell no two cases apart: name a value too, such as applicant.id_no",
                {"zh": "仅凭日期无法区分办件：请再写一个值，如 applicant.id_no"},
            )
        return self

    @property
    def keys(self) -> tuple[MatchKey, ...]:
        """The values by which cases are the same; none where a serial tells."""
        found = [_MATCH_KEY.fullmatch(text) for text in self.match] if self.match != "serial" else []
        return tuple(MatchKey(one["path"], int(one["days"]) if one["days"] else None) for one in found if one)


class PollPolicy(Policy):
    """How often a polled system is read, and how many records at most at a time. `rate` is how many records it may be
    asked for on average while it has a backlog: a full batch is followed by the next after its share of that time."""

    every: Duration = Field(default=10.0, gt=0)
    batch: int = Field(default=200, ge=1, le=10_000)
    rate: Rate | None = None
