"""The keys of `guantong.yaml`: the hub itself, its store, its keys and its logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from guantong.config.audit import AuditKeys
from guantong.config.connecting import SiteKeys
from guantong.config.declared import Name, SecretSource
from guantong.config.policies import Policy
from guantong.config.retention import RetentionKeys
from guantong.config.tls import TlsKeys
from guantong.config.values import Duration, OneOrMany, Rate, Size, refuse
from guantong.keyplace import KeyPlace, KeySource

MIB = 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class LogSettings(Policy):
    """How the hub logs."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


def _up_to(most: int, expected: str, expected_zh: str) -> AfterValidator:
    def bounded(value: int) -> int:
        if not 1024 <= value <= most:
            raise PydanticCustomError("written_form", "expected {expected}",
                                      {"expected": expected, "expected_zh": expected_zh})
        return value

    return AfterValidator(bounded)


FreeSpace = Annotated[Size, _up_to(1024 * 1024 * MIB, "a size between 1KiB and 1TiB", "1KiB 至 1TiB 之间的大小")]


class QueueLimits(Policy):
    """What the doors still take: at most `accepting` records in hand at once, and `each` of them of one system; none
    while `waiting` unfinished deliveries lie in the store, while less than `free` is left on the disk under `var/`, or
    while a system that answers and is not held has had something due for longer than `late` (unless given: however
    long). Beyond any of them, a sender is told to come again later, and nothing of its record is kept."""

    accepting: int = Field(default=512, ge=1, le=100_000)
    each: int = Field(default=256, ge=1, le=100_000)
    waiting: int = Field(default=5_000_000, ge=1)
    free: FreeSpace = 256 * MIB
    late: Duration | None = Field(default=None, gt=0)

    @property
    def at_once(self) -> int:
        """How many records of one system may be in hand."""
        return min(self.each, self.accepting)


class LoopLimits(Policy):
    """What may go round between systems that tell one another's events as their own. The very same event may come round
    `hops` times; events of one name about one case may go to and fro `turns` times `within` this time. What comes beyond is
    parked, with a finding, until somebody broke the circle."""

    hops: int = Field(default=8, ge=1, le=1000)
    turns: int = Field(default=40, ge=1, le=10_000)
    within: Duration = Field(default=86400.0, ge=60)


def parse_listen(value: Any) -> Any:
    """Host and port from `127.0.0.1:8080` or `[::1]:8080`; port 0 takes a free one."""
    if not isinstance(value, str):
        return value
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise PydanticCustomError(
            "written_form", "expected {expected}",
            {
                "expected": "an address and a port, such as 127.0.0.1:8080",
                "expected_zh": "地址和端口，如 127.0.0.1:8080",
            },
        )
    return host.removeprefix("[").removesuffix("]"), int(port)


def _bounded(value: int) -> int:
    if not 1024 <= value <= 64 * MIB:
        raise PydanticCustomError(
            "written_form", "expected {expected}",
            {"expected": "a size between 1KiB and 64MiB", "expected_zh": "1KiB 至 64MiB 之间的大小"},
        )
    return value


BodyLimit = Annotated[Size, AfterValidator(_bounded)]
PublicUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=500)]
Listen = Annotated[tuple[str, int], BeforeValidator(parse_listen)]


class HubKeys(Policy):
    """`hub:`. The largest request a door takes is `body_limit`, at most 64 MiB. `public_url` is how others reach the hub
    (`https://exchange.city.example`, behind a proxy): it stands in what is handed to them, and changes nothing else. At the start and
    every `interfaces` the descriptions of interfaces (WSDLs) are looked at again: a change is a finding, and nothing is taken up before `guantong reload`."""

    name: str = Field(default="guantong", min_length=1, max_length=100)
    listen: Listen = ("127.0.0.1", 8080)
    public_url: PublicUrl | None = None
    tls: TlsKeys | None = None
    body_limit: BodyLimit = 16 * MIB
    queue: QueueLimits = QueueLimits()
    loops: LoopLimits = LoopLimits()
    interfaces: Duration = Field(default=86400.0, ge=1)


class StoreKeys(Policy):
    """`store:` without the keys of the store chosen, which its own model declares."""

    use: str = "sqlite"


class TicketKeys(Policy):
    """`tickets:` without the keys of the queue chosen, which its own model declares: a broker that tells the workers of a shared
    store what is ready. Without this key the store tells them itself."""

    use: str


BlobLimit = Annotated[Size, _up_to(16 * 1024 * MIB, "a size between 1KiB and 16GiB", "1KiB 至 16GiB 之间的大小")]
InlineLimit = Annotated[Size, _up_to(48 * MIB, "a size between 1KiB and 48MiB", "1KiB 至 48MiB 之间的大小")]


class BlobKeys(Policy):
    """`blobs:`, where attachments are kept, without the keys of the blob store chosen, which its own model declares.
    None may be larger than `largest`; what is larger than `inline` is not written into a record as Base64, only sent
    beside it. A content that nothing refers to is deleted once `grace` has passed since it was kept; `sweep` says how
    often such contents are looked for."""

    use: str = "folder"
    largest: BlobLimit = 1024 * MIB
    inline: InlineLimit = 32 * MIB
    grace: Duration = Field(default=86400.0, ge=60)
    sweep: Duration = Field(default=3600.0, ge=1)


class KeyKeys(Policy):
    """`keys:`. Where the keys that encrypt bodies are. In `folder` they are made at first start where there are none, and `guantong
    keys rotate` takes another. Or each comes from a variable or file as text (`guantong keys new`): `body` (32 bytes are a key of
    AES-256, 16 one of SM4), `digest` (32 bytes; it never changes), and `former` ones, which still open what they sealed."""

    folder: str = Field(default="var/keys", min_length=1)
    body: SecretSource | None = None
    digest: SecretSource | None = None
    former: list[SecretSource] = Field(default_factory=list, max_length=32)

    def place(self, home: Path) -> KeyPlace:
        """Where they are, of the home in this folder."""

        def told(source: SecretSource | None) -> KeySource | None:
            return None if source is None else KeySource(source.env or "", home / source.file if source.file else None)

        former = tuple(found for one in self.former if (found := told(one)) is not None)
        return KeyPlace(home / self.folder, told(self.body), told(self.digest), former)


class OperationsKeys(Policy):
    """`operations:`. Who may read the pages of operations (`/metrics`, `/api/v1/…`, `/openapi.json`): whoever shows one of the
    `tokens` (a name each → where it comes from) as `Authorization: Bearer …`. Without this key they are open where the hub
    listens on this machine alone and has no `public_url`, and shut elsewhere."""

    tokens: dict[Name, SecretSource] = Field(min_length=1)


class KioskKeys(Policy):
    """`kiosk:`. Self-service terminals ask `path` how a case stands, by its number and password; each proves itself by
    its own key (`keys`: kiosk's name → where its key comes from). Wrong passwords within `lock` lock for as long: `tries`
    a case at one kiosk, `tries_of_case` a case at every kiosk, `tries_of_kiosk` a kiosk, whatever it asks for; beyond
    `tries_in_all` of all kiosks, each has only `tries`. A kiosk asks `rate` on average, `burst` at once."""

    path: str = Field(default="/kiosk/v1/progress", pattern=r"^/[A-Za-z0-9/_.-]{1,200}$")
    keys: dict[Name, SecretSource] = Field(min_length=1)
    tries: int = Field(default=5, ge=1, le=100)
    tries_of_case: int = Field(default=20, ge=1, le=1000)
    tries_of_kiosk: int = Field(default=60, ge=1, le=10_000)
    tries_in_all: int = Field(default=600, ge=1, le=100_000)
    lock: Duration = Field(default=900.0, ge=1, le=86400)
    rate: Rate = 1.0
    burst: int = Field(default=10, ge=1, le=1000)

    @model_validator(mode="after")
    def _wider_and_wider(self) -> KioskKeys:
        if not self.tries <= self.tries_of_case <= self.tries_in_all or not self.tries <= self.tries_of_kiosk <= self.tries_in_all:
            raise refuse("expected tries to be no more than tries_of_case and tries_of_kiosk, and these no more than tries_in_all",
                         "tries 不应大于 tries_of_case 和 tries_of_kiosk，后两者不应大于 tries_in_all")
        return self


class MatterKeys(Policy):
    """`matters:`. Which systems' matters, published and withdrawn, fill the catalogue: `from` names each system with the
    prefixes of the regions whose matters it publishes; the longest that fits decides, so each matter has one authority. What
    others publish goes where routes lead, and is a finding. New matters are taken up every `every`."""

    source: dict[str, OneOrMany[Annotated[str, Field(pattern=r"^[0-9]{2,12}$")]]] = Field(alias="from", min_length=1)
    every: Duration = Field(default=10.0, ge=0.05, le=3600)

    @model_validator(mode="after")
    def _one_each(self) -> MatterKeys:
        prefixes = [prefix for each in self.source.values() for prefix in each]
        twice = sorted({one for one in prefixes if prefixes.count(one) > 1})
        if twice:
            raise refuse(f"two systems publish the matters of {twice[0]}: one is the authority",
                         f"{twice[0]} 的事项有两个发布系统，只能有一个")
        return self


class HubFile(Policy):
    """`guantong.yaml`."""

    hub: HubKeys = HubKeys()
    store: dict[str, Any] = Field(default_factory=dict)
    tickets: dict[str, Any] | None = None
    blobs: dict[str, Any] = Field(default_factory=dict)
    keys: KeyKeys = KeyKeys()
    operations: OperationsKeys | None = None
    kiosk: KioskKeys | None = None
    matters: MatterKeys | None = None
    retention: RetentionKeys = RetentionKeys()
    audit: AuditKeys = AuditKeys()
    log: LogSettings = LogSettings()
    sites: SiteKeys = SiteKeys()
