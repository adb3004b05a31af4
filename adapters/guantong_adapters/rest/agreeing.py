"""What whoever serves our requests must know, for the interface specification. How our own doors are called, their descriptions say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guantong.agreed import Agreeing, Clause, Sample, Travelling
from guantong.problems import ProblemsError
from guantong.record import Outgoing
from guantong.secret import Secret
from guantong_adapters.rest.compose import Sending, envelope_of, headers_of, parameters_of
from guantong_adapters.rest.parts import HeaderPart, Part, Sourced
from guantong_adapters.rest.reading import Mark, Read
from guantong_adapters.rest.sending import Address
from guantong_adapters.rest.settings import RestSettings

_KEY = "推送编号（GT 加 14 位数字），每次重发不变"
_FACTS = {"body": "报文全文", "kind": "报文类型", "key": _KEY, "token": "登录所得令牌", "timestamp": "Unix 秒"}
_KEY_SHOWN, _WHEN = "GT00000000000001", 1405391400.0
_TOLD = {"ref": "对方记录的标识", "code": "错误代码", "reason": "原因", "message": "中枢的报文编号", "end": "结果（routed、parked、refused 等）"}


class _Named(Mapping[str, Secret]):
    """Stands for secrets, by their names."""

    def __getitem__(self, name: str) -> Secret:
        return Secret(f"<{name}>")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def clauses(about: Agreeing) -> Sequence[Clause]:
    """Requests that carry records, what each of them carries besides, login, questions, and reading."""
    settings: RestSettings = about.settings
    told: list[Clause] = []
    if settings.send:
        rows = [("其余各种" if kind == "*" and len(settings.send) > 1 else "各种报文" if kind == "*" else kind, one.method, one.path)
                for kind, one in settings.send.items()]
        braces = "花括号中为报文字段的值（百分号编码）。" if any("{" in one.path for one in settings.send.values()) else ""
        told.append(Clause("中枢推送的请求", list(_request(about, settings)), ("报文类型", "方法", f"路径（接在 {settings.url} 之后）"), rows, braces))
    if settings.login is not None:
        told.append(Clause("登录", list(_login(settings))))
    if settings.query is not None:
        told.append(Clause("查询是否已生效", list(_query(settings))))
    if settings.fetch is not None:
        told.append(Clause("取附件", [("请求", f"{settings.fetch.method} {settings.fetch.path}（花括号中为报文字段的值），应答体即附件内容")]))
    if settings.read is not None:
        told.append(Clause("中枢分页读取", list(_read(settings.read))))
    return told


def _request(about: Agreeing, settings: RestSettings) -> Iterator[tuple[str, str]]:
    if settings.auth is not None:
        yield "中枢的身份", about.proof(settings.auth.signer)
    for name, value in settings.headers.items():
        yield f"请求头 {name}", _source(value) if isinstance(value, HeaderPart) else value
    if settings.key_header:
        yield f"请求头 {settings.key_header}", f"{_KEY}，可据以排重"
    for part in settings.parameters:
        yield f"地址参数 {part.name}", _source(part)
    envelope = settings.envelope
    if envelope is None:
        yield "Content-Type", settings.content_type
        yield "请求体", f"报文全文（{about.charset_out}）"
    else:
        form = "multipart/form-data" if envelope.form == "multipart" else "application/x-www-form-urlencoded"
        yield "Content-Type", f"{form}，{envelope.charset}"
        for part in envelope.parts:
            yield f"表单项 {part.name}", _source(part)
        if envelope.files:
            yield f"表单项 {envelope.files}", "附件，每个一项，带文件名"
    if settings.cipher is not None:
        yield "报文加密", f"{settings.cipher.scheme}，密文为一行文本" + (
            f"；应答中 {settings.reply_cipher_at} 处的密文同样解密" if settings.reply_cipher_at else "")
    if settings.tls_certificate is not None:
        yield "双向 TLS", "中枢出示客户端证书"
    yield "应答", f"至多 {settings.reply_limit / 2**20:g} MiB；不跟随重定向；怎样算成功见“对方应答的判断”"


def _source(one: Sourced) -> str:
    if one.secret is not None:
        said = f"密钥 {one.secret}"
    elif one.constant is not None:
        said = f"固定为 {one.constant}"
    else:
        said = f"报文字段 {one.field}" if one.field is not None else _FACTS[one.value or ""]
    return said if one.template == "{value}" else f"{one.template}（{{value}} 为{said}）"


def _parts(parts: Sequence[Part]) -> str:
    return "；".join(f"{part.name}：{_source(part)}" for part in parts)


def _login(settings: RestSettings) -> Iterator[tuple[str, str]]:
    login = settings.login
    assert login is not None  # noqa: S101  told of where there is one
    yield "请求", f"{login.method} {login.path}"
    yield "参数", f"{_parts(login.parts)}（{ {'urlencoded': '表单', 'json': 'JSON', 'parameters': '地址参数'}[login.form]}）"
    yield "令牌", "应答全文" if login.token_at is None else f"{login.decode.upper()} 应答中的 {login.token_at}"
    yield "有效期", f"应答中 {login.lasts_at} 处的秒数" if login.lasts_at else f"{login.lasts:g} 秒" if login.lasts else "直到对方不认"


def _query(settings: RestSettings) -> Iterator[tuple[str, str]]:
    query = settings.query
    assert query is not None  # noqa: S101  told of where there is one
    yield "何时", "推送后结果不明时，先查询，再决定是否重发"
    yield "请求", f"{query.method} {query.path}（花括号中为已推送报文的字段）"
    for kind, other in settings.queries.items():
        yield f"{kind} 的请求", f"{other.method} {other.path}"


def _read(read: Read) -> Iterator[tuple[str, str]]:
    yield "请求", f"{read.method} {read.path}（{{since}} 为上次读到之处，首次“{read.first}”；{{page}} 为页号，自 {read.first_page} 起；{{size}} 为条数）"
    if read.parts:
        yield "表单", _parts(read.parts)
    yield "报文", f"{read.decode.upper()} 应答中 {read.records_at or '（整个应答）'} 的各项，先旧后新" + (
        f"，每项的 {read.record_at} 为报文文本" if read.record_at else "") + (f"（{read.cipher.scheme} 密文）" if read.cipher else "")
    if read.kind or read.kind_at:
        yield "报文类型", read.kind or f"每项的 {read.kind_at}"
    if read.since_at:
        yield "接续", f"按每项的 {read.since_at}（{'数字' if read.numbers else '文本'}次序，含等于），只增不减"
    if read.next_at:
        yield "接续", f"以应答中 {read.next_at} 的值作下次的 {{since}}"
    if read.success:
        yield "成功的应答", "、".join(f"{path} = {' 或 '.join(values)}" for path, values in read.success.items())
    if read.ref_at:
        yield "标识", f"每项的 {read.ref_at}"
    for name, mark in (("收妥后回告", read.taken), ("有误时回告", read.refused)):
        if mark is not None:
            yield name, _mark(mark)


def _mark(mark: Mark) -> str:
    text = f"{mark.method} {mark.path}" + (f"，请求体 {mark.body}" if mark.body else "")
    said = "、".join(f"{{{name}}} 为{meaning}" for name, meaning in _TOLD.items() if f"{{{name}}}" in text)
    return text + (f"（{said}）" if said else "")


def travels(about: Agreeing, record: Travelling) -> Sample | None:
    """The whole request, secrets and signatures left open."""
    settings: RestSettings = about.settings
    exchange = None if record.inward else settings.send.get(record.kind) or settings.send.get("*")
    if exchange is None or settings.url is None:
        return None
    outgoing = Outgoing(1, 1, "", record.kind, record.body, record.fields, _KEY_SHOWN, 1.0)
    sealed = f"<{settings.cipher.scheme} 密文>".encode() if settings.cipher else record.body
    sending, secrets = Sending(outgoing, sealed, "<令牌>", _WHEN), _Named()
    try:
        url = Address(settings.url, exchange.path).fill(record.fields)
        if settings.parameters:
            url += ("&" if "?" in url else "?") + parameters_of(settings.parameters, secrets)(sending)
        headers, body = headers_of(settings.headers, secrets)(sending), sealed
    except ProblemsError:
        return None  # the sample has no such field: its body is shown alone
    headers["Content-Type"] = settings.content_type
    if settings.key_header:
        headers[settings.key_header] = _KEY_SHOWN
    if settings.auth is not None:
        headers["（身份请求头）"] = f"{settings.auth.signer.scheme}，见“中枢的身份”"
    if settings.envelope is not None:
        body, headers["Content-Type"] = _formed(settings, sending)
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return Sample(f"{exchange.method} {url} HTTP/1.1\n{head}\n{body.decode(about.charset_out, 'replace')}" + _opened(settings, record, about))


def _formed(settings: RestSettings, sending: Sending) -> tuple[bytes, str]:
    """The form, of one part a line and unencoded where it is urlencoded: to be read."""
    envelope = settings.envelope
    assert envelope is not None  # noqa: S101  the caller asks only where there is one
    if envelope.form == "multipart":
        composed = envelope_of(envelope, _Named())(sending)
        return composed.body, composed.content_type
    lines = []
    for part in envelope.parts:
        value = sending.body if part.value == "body" else f"<{_source(part)}>".encode()
        lines.append(part.name.encode() + b"=" + value)
    return b"\n&".join(lines), f"application/x-www-form-urlencoded; charset={envelope.charset}"


def _opened(settings: RestSettings, record: Travelling, about: Agreeing) -> str:
    sealed = f"\n\n（密文解密后）\n{record.body.decode(about.charset_out, 'replace')}" if settings.cipher is not None else ""
    encoded = "\n\n（表单实际以百分号编码写成一行）" if settings.envelope is not None and settings.envelope.form == "urlencoded" else ""
    return sealed + encoded
