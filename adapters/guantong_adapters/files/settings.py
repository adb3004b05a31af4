"""Settings of the file-drop adapter."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from guantong.config.reply import ReplyRules
from guantong.config.values import Duration, OneOrMany, Size, refuse
from guantong_adapters.files.filenames import fields_of
from guantong_adapters.files.splitting.settings import Split

Failed = Literal["refused", "parked", "conflict", "stale", "unrouted"]
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]")
MOST_BODY = 64 * 1024 * 1024
"""What one record may have, whatever the settings say: it is held in memory."""
ALWAYS_IGNORED = (".*", "*.tmp", "*.part", "*.filepart", "*~")
"""Names under which programs write what is not whole yet."""


def _known_charset(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise refuse(f"there is no charset {name!r}: write utf-8, gb18030 or gbk", f"没有字符集 {name!r}：请写 utf-8、gb18030 或 gbk") from None
    return name


def _inside(path: str) -> str:
    """A path that stays inside the place."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts or "\\" in path:
        raise refuse(
            "expected a folder inside the place, such as out or out/2014: no leading or trailing /, no ..",
            "应为交换位置内的文件夹，如 out 或 out/2014：首尾没有 /，也没有 ..",
        )
    return path


def _template(text: str) -> str:
    """A file name with fields in braces."""
    try:
        fields_of(text)
    except ValueError:
        raise refuse(
            "expected a name with fields in braces, such as {kind}_{key}.xml",
            "应为含花括号字段的文件名，如 {kind}_{key}.xml",
        ) from None
    if _UNFIT.search(text) or text.startswith("."):
        raise refuse(
            "a file's name holds no / and no \\, and does not start with a dot",
            "文件名不得含 / 或 \\，也不得以点开头",
        )
    return text


def _beside(text: str) -> str:
    """A name made from another file's: `{name}` is that name, `{stem}` the same without its ending."""
    try:
        named = set(fields_of(text))
    except ValueError:
        named = set()
    if not named or named - {"name", "stem"}:
        raise refuse("expected {name} or {stem} in it, such as {name}.ok", "应含 {name} 或 {stem}，如 {name}.ok")
    return _template(text)


def _pinned(text: str) -> str:
    """A host key: its fingerprint, or the public key itself."""
    parts = text.split()
    if _FINGERPRINT.fullmatch(text):
        return text
    try:
        if len(parts) < 2 or not base64.b64decode(parts[1], validate=True):
            raise ValueError
    except (ValueError, binascii.Error):
        raise refuse(
            "expected a fingerprint (SHA256:…) or a public key (ssh-ed25519 AAAA…)",
            "应为指纹（SHA256:…）或公钥（ssh-ed25519 AAAA…）",
        ) from None
    return text


def _attachment_name(text: str) -> str:
    try:
        named = set(fields_of(text))
    except ValueError:
        named = set()
    if named != {"stem", "attachment"}:
        raise refuse("expected {stem} and {attachment} in it, such as {stem}_{attachment}", "应含 {stem} 和 {attachment}，如 {stem}_{attachment}")
    return _template(text)


def _path_template(text: str) -> str:
    """A path with fields in braces."""
    try:
        named = fields_of(text)
    except ValueError:
        named = ()
    if not named or text.startswith("/") or "\\" in text or ".." in text.split("/"):
        raise refuse("expected a path with fields in braces, such as {ATTACH_PATH} or {SBLSH}/{ATTACH_NAME}: no leading /, no ..",
                     "应为含花括号字段的路径，如 {ATTACH_PATH} 或 {SBLSH}/{ATTACH_NAME}：不以 / 开头，不含 ..")
    return text


PathTemplate = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_path_template)]
AttachmentName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_attachment_name)]
Charset = Annotated[str, AfterValidator(_known_charset)]
Folder = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_inside)]
FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_template)]
Beside = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_beside)]
HostKey = Annotated[str, AfterValidator(_pinned)]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$")]


class _Keys(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class LocalPlace(_Keys):
    """A folder of this machine, or one it mounts."""

    folder: Path


class SftpPlace(_Keys):
    """A folder at an SSH server. `host_keys` are the server's, by fingerprint or as public keys: any other
    ends the connection. `login` says which secret is used: `password`, or `key` (a private key in OpenSSH's or
    PEM form, opened with `key_passphrase` where it has one). `folder` is seen from the login's own."""

    host: Host
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1, max_length=200)
    login: Literal["password", "key"] = "password"
    host_keys: OneOrMany[HostKey]
    folder: str = Field(default=".", min_length=1, max_length=500)

    def fingerprints(self) -> frozenset[str]:
        """The pinned keys' fingerprints."""
        return frozenset(text if text.startswith("SHA256:") else _fingerprint(text) for text in self.host_keys)


class FtpPlace(_Keys):
    """A folder at an FTP server. `tls` is `explicit` (AUTH TLS), `implicit`, or `none`: then everything, the
    password too, is in the clear. `ca` are the certificates that vouch for the server; default: the system's."""

    host: Host
    port: int | None = Field(default=None, ge=1, le=65535)
    user: str = Field(default="anonymous", min_length=1, max_length=200)
    tls: Literal["explicit", "implicit", "none"] = "explicit"
    ca: Path | None = None
    folder: str = Field(default=".", min_length=1, max_length=500)

    @property
    def at_port(self) -> int:
        return self.port or (990 if self.tls == "implicit" else 21)


class ExchangePlace(_Keys):
    """Where the files are: one of the three."""

    local: LocalPlace | None = None
    sftp: SftpPlace | None = None
    ftp: FtpPlace | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> ExchangePlace:
        if sum(each is not None for each in (self.local, self.sftp, self.ftp)) != 1:
            raise refuse("say one of `local:`, `sftp:` and `ftp:`", "请写 `local:`、`sftp:`、`ftp:` 其中之一")
        return self


class Complete(_Keys):
    """How a file is known to be whole; all that is said must hold. `marker` names the file that is written
    after it (`{name}.ok`, `{stem}.done`); `unchanged_for` is the least time between two looks that see the same
    size and time. Neither: its writer uses another name until it is whole."""

    marker: Beside | None = None
    unchanged_for: Duration = Field(default=0, ge=0, le=86400)


class BesideFiles(_Keys):
    """Files that lie beside a record's file and belong to it: `files` tells their names, `{stem}` in it that of the record's
    file without its ending, and `*` what is their own (`{stem}_*`). Each is the content of the native field `into`; where
    the field `named_by` holds what stands at `*`, files find the record, of several, that names them. They must be there
    before the record's file is; they are put away with it."""

    files: Annotated[str, Field(pattern=r"^[^/\\*?\[\]]*\{stem\}[^/\\*?\[\]{}]*\*$", max_length=100)] = "{stem}_*"
    into: str = Field(min_length=1, max_length=200)
    named_by: str | None = Field(default=None, min_length=1, max_length=200)


class PolledFolder(_Keys):
    """A folder the other side fills and we read: the files whose name fits `match` and not `ignore` (both with
    `*` and `?`). The record kind is `kind`, or the part `kind` of the regular expression `kind_in_name`,
    translated by `kinds`; neither: the content says it. `beside`: attachments lie beside, and are streamed to the blob
    store, up to its limit. `split`: files hold many records, and are read in parts."""

    folder: Folder = "."
    match: OneOrMany[str] = ("*",)
    ignore: OneOrMany[str] = ()
    complete: Complete = Complete()
    kind: str = ""
    kind_in_name: re.Pattern[str] | None = None
    kinds: dict[str, str] = {}
    charset: Charset | None = None
    beside: BesideFiles | None = None
    split: Split | None = None

    @model_validator(mode="after")
    def _whose(self) -> PolledFolder:
        if self.split is not None and self.beside is not None:
            raise refuse("`split:` and `beside:` do not go together: nothing tells whose record an attachment belongs to",
                         "`split:` 与 `beside:` 不能并用：无法判断附件属于哪一条记录")
        return self

    @model_validator(mode="after")
    def _named_part(self) -> PolledFolder:
        if self.kind_in_name is not None and "kind" not in self.kind_in_name.groupindex:
            raise refuse(
                "`kind_in_name:` needs a part (?P<kind>…)", "`kind_in_name:` 中须有 (?P<kind>…)",
            )
        return self


class StatusFiles(_Keys):
    """The files by which the other side judges those we wrote. `confirmed` and `rejected` judge by being there
    (a rejected one's text is the reason); `judged` is one whose content `rules` judge: success or duplicate
    confirms, permanent rejects, anything else says nothing yet. `archive` is where a status file goes once its
    delivery is settled; default: they stay, and tidying them is the other side's."""

    folder: Folder
    confirmed: OneOrMany[Beside] = ()
    rejected: OneOrMany[Beside] = ()
    judged: Beside | None = None
    rules: ReplyRules = ReplyRules()
    charset: Charset = "utf-8"
    archive: Folder | None = None

    @model_validator(mode="after")
    def _judges(self) -> StatusFiles:
        if not (self.confirmed or self.judged):
            raise refuse(
                "say `confirmed:` or `judged:`, or nothing is ever confirmed",
                "请写 `confirmed:` 或 `judged:`，否则永无回执",
            )
        if self.judged and not self.rules.rules:
            raise refuse("`judged:` needs `rules:`", "`judged:` 需要 `rules:`")
        return self


class SentKind(_Keys):
    """A record kind we write as files. `name` may hold `{kind}`, `{key}` (the delivery's own: the same in every
    attempt) and native fields. `beside` names the files of its attachments, which are written first: `{stem}` is the name
    of the record's file without its ending, `{attachment}` the attachment's own; one that the mapping wrote into the record
    gets no file. Without `{key}`, `fields_tell_apart: yes` vouches that no two deliveries have the
    same fields in their names; else the later would replace the earlier unread."""

    folder: Folder
    name: FileName = "{kind}_{key}.xml"
    fields_tell_apart: bool = False
    marker: Beside | None = None
    beside: AttachmentName | None = None
    receipt: StatusFiles | None = None

    @model_validator(mode="after")
    def _told_apart(self) -> SentKind:
        if "key" not in fields_of(self.name) and not self.fields_tell_apart:
            raise refuse(
                "`name:` needs {key}, or one delivery replaces another; or vouch for its fields with "
                "`fields_tell_apart: yes`",
                "`name:` 须含 {key}，否则不同推送会互相覆盖；或以 `fields_tell_apart: yes` 保证所用字段能区分",
            )
        receipt = self.receipt
        if receipt and receipt.folder == self.folder and self.marker in (*receipt.confirmed, receipt.judged):
            raise refuse("our own `marker:` would be read as the receipt", "我方的 `marker:` 会被当作回执")
        return self


class FetchedFile(_Keys):
    """The files to which records only refer, by a path below `folder`. In `path`, `{name}` stands for the record's native field
    of that name, in which / and \\ divide folders; `prefix` is what records write before every path (`/data/upload/`,
    `D:\\upload\\`) and is taken off. What climbs up, is absolute, hidden or temporary is refused, links are not followed.
    `complete` tells when a file is whole; an empty one, or one that changes while it is read, never is."""

    folder: Folder = "."
    path: PathTemplate
    prefix: str = Field(default="", max_length=500)
    complete: Complete = Complete()


class FilesSettings(_Keys):
    """One place where files are exchanged. `charset` is that of the file names. `send` is keyed by record kind;
    `"*"` stands for every other."""

    place: ExchangePlace
    charset: Charset = "utf-8"
    send: dict[str, SentKind] = {}
    poll: tuple[PolledFolder, ...] = ()
    fetch: FetchedFile | None = None
    order: Literal["time", "name"] = "time"
    """Which file is older: the one last changed earlier (of those at the same time, the lower name), or the
    one with the lower name (numbers in it count as numbers)."""
    largest: Size = Field(default=0, ge=0, le=MOST_BODY)
    """Bytes of a file at most; default: the hub's `body_limit`."""
    taken: Literal["archive", "delete"] = "archive"
    """What becomes of a file that was taken in."""
    archive: Folder = "archive"
    """Where files go that were taken in, in a folder for each day; where several folders are polled, in one of each in it."""
    error: Folder = "error"
    """Where files go that were not, each with a file beside it that says why."""
    error_for: tuple[Failed, ...] = ("refused", "parked")
    """Which ends of a record send its file to `error`; all others to `archive`."""
    most_name: int = Field(default=200, ge=40, le=255)
    """Bytes of a name of ours at most, in the file-name charset."""
    connect_timeout: Duration = Field(default=10, gt=0, le=120)
    timeout: Duration = Field(default=60, gt=0, le=3600)
    """What one act at the place may take: a listing, one file read or written."""

    @model_validator(mode="after")
    def _not_our_own(self) -> FilesSettings:
        for polled in self.poll:
            if any(sent.folder == polled.folder for sent in self.send.values()):
                raise refuse(
                    "a folder is both read and written: we would read our own files",
                    "同一文件夹既读又写：会读到我方自己的文件",
                )
            if polled.folder in (self.archive, self.error):
                raise refuse(
                    "a folder that is read is also `archive:` or `error:`",
                    "被读取的文件夹同时又是 `archive:` 或 `error:`",
                )
        return self

    def secrets(self) -> Iterator[str]:
        """The secrets the place needs."""
        if self.place.sftp:
            yield self.place.sftp.login
        if self.place.ftp and self.place.ftp.user != "anonymous":
            yield "password"

    def sent(self, kind: str) -> SentKind | None:
        return self.send.get(kind) or self.send.get("*")


def _fingerprint(public_key: str) -> str:
    blob = base64.b64decode(public_key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
