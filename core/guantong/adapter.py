"""What an adapter is: a plugin that speaks one protocol, for any number of systems.

An adapter registers an `AdapterSpec`. For each configured system the hub calls `open` and gets a
*connection*: an object with any of the capabilities below. An adapter never retries, sleeps, swallows
or judges: retry, order, rates, timeouts and the judgement of replies live in the core, once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from pydantic import BaseModel

from guantong.agreed import Agreement
from guantong.blobs.intake import Intake
from guantong.blobstore import BlobsFailed
from guantong.cipher import Cipher, CipherChoice
from guantong.fitting.spoken import Spoken
from guantong.openapi.description import DoorDescription, nothing_described
from guantong.opencases import CasesAsked, SomeCases
from guantong.problems import Problem
from guantong.record import Answer, Fields, Outgoing, Record, Verdict
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice

if TYPE_CHECKING:
    import ssl

    from aiohttp import web

    from guantong.onboarding.interface import Handing, Interface, Reporting

Accept = Callable[[Record], Awaitable[Verdict]]
"""The hub's ACCEPT: returns after the record is durable (or refused). Never raises for a bad record."""


def _unheard(_code: str) -> None:
    """Nobody counts what a door turns away."""


def _no_blobs(_limit: int | None = None) -> Intake:
    """No blobs are kept here."""
    raise BlobsFailed("blobs: there are none")


def _no_cipher(choice: CipherChoice) -> Cipher:
    """Nothing is hidden here."""
    raise LookupError(f"there is no cipher {choice.scheme!r}")


def _no_cases(_asked: CasesAsked) -> SomeCases:
    """Nothing is open where no hub runs."""
    return SomeCases((), None)


@dataclass(frozen=True, slots=True)
class Door:
    """One HTTP path through which a system reaches us. The hub serves it and bounds the body to `limit`
    bytes before `handle` sees more; `handle` answers in the protocol's own manner, errors included."""

    method: str
    path: str
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class SystemContext:
    """What an adapter is given to open one system: its id, its validated settings (an instance of the
    spec's `settings` model), its secrets by name, the signers and ciphers its settings choose, and the hub's facts. A door that
    turns a request away itself, before `accept`, says so to `refused` with the problem's code. `folder` is this
    system's own, for what an adapter must remember of its source (made when first used; losing it may cost work, never
    a record). `open_cases` answers, on the hub's loop, which of this system's cases are open. Under
    `home`/var/cache lies what any system's adapter can make again. A content that comes beside a record is kept by `keep` before the
    record is handed to `accept`. `address` is how others reach the hub, where that was told ("" else)."""

    system: str
    settings: Any
    secrets: Mapping[str, Secret]
    accept: Accept
    signer: Callable[[SignerChoice], Signer]
    body_limit: int
    codec_in: str = "json"
    codec_out: str = "json"
    now: Callable[[], float] = field(kw_only=True)
    refused: Callable[[str], None] = field(default=_unheard, kw_only=True)
    cipher: Callable[[CipherChoice], Cipher] = field(default=_no_cipher, kw_only=True)
    home: Path = field(default=Path(), kw_only=True)
    address: str = field(default="", kw_only=True)
    folder: Path | None = field(default=None, kw_only=True)
    open_cases: Callable[[CasesAsked], SomeCases] = field(default=_no_cases, kw_only=True)
    rereading: bool = field(default=False, kw_only=True)
    """Opened for one run of a backfill: all there is is read, whatever was read before, and nothing written at the source."""
    keep: Callable[..., Intake] = field(default=_no_blobs, kw_only=True)
    """Begins to keep what comes beside a record: `async with context.keep() as intake: await intake.write(...)`, then
    `blob = await intake.keep()`. Raises `BlobsFailed`."""


class Connection(Protocol):
    """One system's open end. `close` returns when nothing of it is left running."""

    async def close(self) -> None: ...


@runtime_checkable
class Sends(Protocol):
    """The system can be sent to."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send once. Concurrent calls happen, up to the system's configured concurrency. Ends in `Reply`,
        `NotSent` (surely no byte left us) or `Unsure`; raises only for a mistake of ours.

        The core cuts a sending off after `outgoing.timeout` seconds, as `Unsure`. A connection that ends
        every sending by then itself, and so can tell in which phase it was, says so by an attribute
        `keeps_time = True`; the contract suite holds it to that."""
        ...


@runtime_checkable
class Renews(Protocol):
    """The system honours a token for a while; called when a reply was judged `token_expired`."""

    async def renew(self) -> None:
        """Forget the spent token. The next `send` gets a new one first, and ends `NotSent` when it cannot."""
        ...


@runtime_checkable
class Queries(Protocol):
    """The system can be asked whether a delivery took effect (`unknown: query`)."""

    async def query(self, outgoing: Outgoing) -> Answer:
        """Ask by the delivery's key or serials. The reply is judged by the profile's `query:` rules."""
        ...


class Wanted(NamedTuple):
    """A content that a record of this kind and these fields only refers to; `limit` is in bytes, `timeout` in seconds. `write` takes
    it piece by piece, and is waited for before more is read: it raises `TooLarge` or `BlobsFailed`, which an adapter lets through."""

    kind: str
    fields: Fields
    timeout: float
    limit: int
    write: Callable[[bytes], Awaitable[None]]


@runtime_checkable
class Fetches(Protocol):
    """Contents to which the system's records only refer can be got from it."""

    async def fetch(self, wanted: Wanted) -> Answer:
        """Get one content: what comes is handed to `wanted.write`, and a `Reply` without a body says that it is whole, with what the
        core judges by in its meta (`status`, or `result`: `found`, `missing`, `unreadable`). Ends in `Oversized` beyond the limit, of
        which no more is read, and in `Unsure` where it broke off. Changes nothing at the source. Raises `ProblemsError` where the
        record does not say what the settings need to find it."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a polled record, to be written back at the source."""

    ref: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Polled:
    """One batch read from a polled source, oldest first, and the cursor to give next time. `refused` is what
    the adapter found and cannot hand over as a record (a file beyond the limit, which nobody reads into
    memory), with the refusal: the core journals it, and marks it with the rest."""

    records: Sequence[Record]
    cursor: str
    refused: Sequence[Mark] = ()


@runtime_checkable
class Polls(Protocol):
    """The system is read by us. The core owns cursor and clock."""

    async def poll(self, since: str, limit: int) -> Polled:
        """Read at most *limit* records after cursor *since* ("" at first). Changes nothing at the source, unless its
        interface is that readers claim what they read."""
        ...

    async def mark(self, marks: Sequence[Mark]) -> None:
        """Tell the source what became of its records, after they are durable here. Idempotent."""
        ...


@runtime_checkable
class GivesBack(Protocol):
    """A record can be given back to its owner with the reason, where the settings declare how."""

    async def give_back(self, ref: str, why: str) -> str:
        """Tell the owner of the record *ref* that it is given back, and *why*. Returns where that stands there; "" where the
        settings declare no way, or the record is no longer there as it was read. Again, it stands there once. Raises
        `ProblemsError` where the system cannot be reached."""
        ...


class ComeAgain(Exception):
    """Raised by `listen` when the hub wants what came to come later (it is full, or cannot write)."""


@runtime_checkable
class Listens(Protocol):
    """The system speaks to us over a connection of ours: a broker's queue, a topic."""

    async def listen(self, ready: Callable[[], None]) -> None:
        """Take records until cancelled; call *ready* once they can come. Each is acknowledged after it is durable
        here (or refused for good), and handed to ACCEPT in the order it came. Raises whatever ended the line, or
        `ComeAgain`: the core waits and calls again, and what was not acknowledged comes again."""
        ...


@dataclass(frozen=True, slots=True)
class Awaited:
    """A delivery that was taken and whose receipt (回执) is still to come; `kind`, `key` and `fields` are
    those of the `Outgoing` that was sent."""

    delivery: int
    kind: str
    key: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Receipt:
    """The target's later judgement of a delivery: took it for good, or sent it back with a reason."""

    delivery: int
    confirmed: bool
    reason: str = ""


@runtime_checkable
class Receipts(Protocol):
    """Receipts of this system are read by us (a flag column, status files, a query)."""

    async def receipts(self, awaited: Sequence[Awaited]) -> Sequence[Receipt]:
        """Look for receipts of these deliveries; leave out those that have none yet."""
        ...


@runtime_checkable
class Serves(Protocol):
    """The system reaches us over HTTP."""

    def doors(self) -> Sequence[Door]: ...


class Endpoint(NamedTuple):
    """Where we reach a system: for the list of network openings, and to be probed before anything is sent. `protocol` is
    shown (HTTP, SFTP, MySQL …); `tls` makes what its TLS trusts, where the connection begins with TLS."""

    host: str
    port: int
    protocol: str
    why: str
    why_zh: str
    tls: Callable[[], ssl.SSLContext] | None = None


class ProbeStep(NamedTuple):
    """One step of a probe: `step` says what was tried (`resolve`, `connect`, `tls`, `http`, `login`, `folder`, `queue`,
    `table` …) at `target`, `seconds` how long it took. `category` is the kind of failure, a stable word, "" where it
    went well; `problem` says it (one that is a warning hinders nothing). `note` is what is worth knowing besides."""

    step: str
    target: str
    seconds: float
    category: str = ""
    problem: Problem | None = None
    note: str = ""


@runtime_checkable
class Probes(Protocol):
    """The system can be probed: its credentials, folders, queues, tables."""

    async def probe(self) -> Sequence[ProbeStep]:
        """Try what can be tried without effect: nothing is sent that the system would act on. Never raises for what
        it finds. Network and TLS are the core's to probe."""
        ...


class Asked(NamedTuple):
    """What of a system's own books is asked for (对账): the rows of a `query`, in which `:since` and `:until` stand for these
    texts, or those of a `view` whose column `time` lies between them (all of them where it names none). Of a view only these
    `columns` are wanted, as far as it has them (none named: all)."""

    since: str
    until: str
    query: str = ""
    view: str = ""
    time: str = ""
    columns: Sequence[str] = ()


@runtime_checkable
class Lists(Protocol):
    """The system's own books can be asked for what it told, or was told."""

    def listing(self, asked: Asked) -> AsyncIterator[Sequence[Fields]]:
        """The rows, page by page, in texts by name, as of one moment. Changes nothing at the system. Raises `ProblemsError`
        where it cannot be asked, also in the middle."""
        ...


@runtime_checkable
class Fits(Protocol):
    """Whether what we would write has its place in the system (the columns of a table) can be looked up."""

    async def misfits(self, written: Sequence[Outgoing]) -> Sequence[ProbeStep]:
        """Compare records, as they would be sent, with what is really there: a failed step for each field, once, that
        nothing there takes. Writes nothing. Raises `ProblemsError` where it cannot be looked up."""
        ...


class InterfaceChanged(NamedTuple):
    """The description of an interface is no longer the one that is used: where it lies, which version it is now, and what differs of the
    calls that are made (nothing: it differs elsewhere)."""

    location: str
    version: str
    differences: Sequence[str]


@runtime_checkable
class Rechecks(Protocol):
    """The description of the system's interface, of which a copy is used, can be looked at again."""

    async def recheck(self, kinds: Sequence[str]) -> InterfaceChanged | None:
        """Compare the description as it is now with the copy in use, for what records of these *kinds* call; None where it is the same or
        none is used yet. Nothing is taken up. Raises `ProblemsError` where it cannot be had."""
        ...


def nowhere(_settings: Any) -> Sequence[Endpoint]:
    """An adapter whose systems are reached over no network."""
    return ()


def takes_anything(_settings: Any, _home: Path, _spoken: Spoken) -> Sequence[Problem] | None:
    """An adapter whose systems tell nobody what they take."""
    return ()


def not_understood(_handing: Handing) -> Interface | None:
    """An adapter that reads no description of an interface."""
    return None


def no_service() -> Reporting | None:
    """An adapter without a service of ours that ships."""
    return None


def nothing_lacking(_settings: Any) -> Sequence[Problem]:
    """An adapter that needs nothing of the machine but Python."""
    return ()


def nothing_amiss(_settings: Any, _home: Path) -> Sequence[Problem]:
    """An adapter whose settings speak of no files."""
    return ()


class NotAnAddress(Exception):
    """A text is no address of this protocol: what is, in English and Chinese."""

    def __init__(self, expected: str, expected_zh: str) -> None:
        self.expected = expected
        self.expected_zh = expected_zh
        super().__init__(f"expected {expected}")


class Addressed(NamedTuple):
    """What an address comes to: the settings that say it, and the secrets it calls for (None: it does not tell). `host_keys` is where
    among the settings the host keys of its server stand, () where it is known by none."""

    settings: Mapping[str, Any]
    secrets: Sequence[str] | None = None
    host_keys: Sequence[str] = ()


def by_url(address: str) -> Addressed:
    """An address of the form `scheme://host…` that is written as it is, at `url:`. Raises `NotAnAddress`, also for one
    that carries a password."""
    try:
        parts = urlsplit(address)
        host, password, _ = parts.hostname, parts.password, parts.port
    except ValueError:
        host, password = None, None
    if not host or "://" not in address:
        raise NotAnAddress("an address such as http://10.0.0.8:8080/service", "如 http://10.0.0.8:8080/service 的地址")
    if password is not None:
        raise NotAnAddress("an address without a password: that is a secret", "不含口令的地址：口令属于密钥")
    return Addressed({"url": address})


def no_doors(_settings: Any) -> Sequence[str]:
    """An adapter whose systems do not call us by HTTP."""
    return ()


def whatever_comes(_settings: Any) -> frozenset[str] | None:
    """An adapter whose settings do not tell which kinds of records come."""
    return None


def never(_settings: Any) -> bool:
    """Systems of no settings can do that."""
    return False


def nothing_to_say(_settings: Any) -> Sequence[tuple[str, str]]:
    """An adapter whose doors are told elsewhere, or that has none."""
    return ()


def names_none(_settings: Any, _kind: str) -> Sequence[tuple[str, str]]:
    """An adapter whose settings name no fields of records."""
    return ()


def all_are_judged(_settings: Any) -> Sequence[str]:
    """No kind of record is without a receipt."""
    return ()


def always(_settings: Any) -> bool:
    """Systems of any settings can do that."""
    return True


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """The one declaration of an adapter. `settings` is the pydantic model of its configuration keys (the
    parser, linter, JSON Schema and reference page come from it); `open` loads the protocol's libraries
    only when called. `address` turns an address as people hand it over (one line) into settings; it raises
    `NotAnAddress`. `reach` tells where the settings make us connect to; `categories` gives the kind of failure (see
    `ProbeStep`) of the problems by which `open` fails, by code. `queries` tells whether a system of these settings can be
    asked what became of a delivery (`Queries`); `examine` finds what is wrong with settings by what lies under the home
    folder (each problem at the path of its setting), without any network; `lacks` tells what this machine lacks to open a system of them (files of
    certificates, a driver), in the same way, and is asked only where a hub is to run; `receipts` are the words of `receipt: {by: …}`
    that its connection can look for (`Receipts`); `unjudged` names the record kinds sent to a system of these settings whose
    receipts it could not find. `rereads` tells whether a system of these settings, opened anew for
    `rereading` with a folder of its own, is read from its beginning by `poll` with an empty cursor, whatever was read
    before: then its stock can be backfilled. `describe` tells of the doors of a system of these settings, for
    `guantong openapi`, `doors` at which paths a system of these
    settings calls us: below its own, or whole ones that begin with a slash. `fetches` tells whether contents can be got from a system of these settings (`Fetches`), `listens` whether
    it speaks over a line of ours (`Listens`), `lists` whether its own books can be asked for (`Lists`), `sends` whether anything is sent to it at all. `calling` tells a vendor how to call the doors, for the interface
    specification: what is agreed on and what it is, in Chinese, in pairs; `agreement` all else that both sides agree on. `fits` holds what is said to a system of these settings
    (mappings, rules for replies, records) to what its interface declares, as far as that lies under the home folder, without any
    network: each problem at its place, or at the path of the setting; None where the interface was never fetched. `understands` reads the description of an
    interface that was handed over (a WSDL), from which a county's mappings, settings and rules are drafted; None where none of the files is one. Raises `ProblemsError` for one
    that cannot be read. `heard` names the only kinds of records that come from a system of
    these settings (None: any); `names` the fields of a record of a kind that the settings build an address or a name of, each with the path of
    its setting. `reporting` is the service of ours, described and shipped, that a county can call with what it reports."""

    name: str
    title_en: str
    title_zh: str
    settings: type[BaseModel]
    open: Callable[[SystemContext], Awaitable[Connection]]
    secrets: Sequence[str] = ()
    queries: Callable[[Any], bool] = field(default=never, kw_only=True)
    receipts: frozenset[str] = field(default=frozenset(), kw_only=True)
    unjudged: Callable[[Any], Sequence[str]] = field(default=all_are_judged, kw_only=True)
    rereads: Callable[[Any], bool] = field(default=never, kw_only=True)
    address: Callable[[str], Addressed] = field(default=by_url, kw_only=True)
    reach: Callable[[Any], Sequence[Endpoint]] = field(default=nowhere, kw_only=True)
    categories: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    examine: Callable[[Any, Path], Sequence[Problem]] = field(default=nothing_amiss, kw_only=True)
    lacks: Callable[[Any], Sequence[Problem]] = field(default=nothing_lacking, kw_only=True)
    describe: Callable[[str, Any], Sequence[DoorDescription]] = field(default=nothing_described, kw_only=True)
    fetches: Callable[[Any], bool] = field(default=never, kw_only=True)
    doors: Callable[[Any], Sequence[str]] = field(default=no_doors, kw_only=True)
    heard: Callable[[Any], frozenset[str] | None] = field(default=whatever_comes, kw_only=True)
    calling: Callable[[Any], Sequence[tuple[str, str]]] = field(default=nothing_to_say, kw_only=True)
    listens: Callable[[Any], bool] = field(default=never, kw_only=True)
    lists: Callable[[Any], bool] = field(default=never, kw_only=True)
    names: Callable[[Any, str], Sequence[tuple[str, str]]] = field(default=names_none, kw_only=True)
    sends: Callable[[Any], bool] = field(default=always, kw_only=True)
    agreement: Agreement = field(default=Agreement(), kw_only=True)
    understands: Callable[[Handing], Interface | None] = field(default=not_understood, kw_only=True)
    reporting: Callable[[], Reporting | None] = field(default=no_service, kw_only=True)
    fits: Callable[[Any, Path, Spoken], Sequence[Problem] | None] = field(default=takes_anything, kw_only=True)
