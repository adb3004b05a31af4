"""What whoever serves our SOAP calls, or makes calls to us, must know: operations, arguments, headers, and whole envelopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guantong.agreed import Agreeing, Clause, Sample, Travelling
from guantong.problems import ProblemsError
from guantong.record import Outgoing
from guantong.secret import Secret
from guantong_adapters.soap.framing import Unwritable, cdata_bytes, escaped_bytes
from guantong_adapters.soap.headers import compile_headers
from guantong_adapters.soap.keeping import at_hand_in
from guantong_adapters.soap.request import Sending, compile_call, compile_framed
from guantong_adapters.soap.settings import Asked, Piece, Receive, SoapSettings, Supplied
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.model import Complex, Description, Element, Group, Operation, Port
from guantong_adapters.soap.wsdlcalls import WsdlCalls

_FACTS = {"body": "报文全文", "message": "外层报文（见下）", "kind": "报文类型", "key": "推送编号，每次重发不变", "token": "登录所得令牌",
          "timestamp": "时间", "signature": "签名"}
_FORMS = {"cdata": "写在 CDATA 中", "escaped": "转义的文本"}
_KEY_SHOWN, _WHEN = "GT00000000000001", 1405391400.0
_DEEPEST = 20


class _Named(Mapping[str, Secret]):
    """Stands for secrets, by their names."""

    def __getitem__(self, name: str) -> Secret:
        return Secret(f"（密钥 {name}）")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Signs:
    """Stands for a signer."""

    def sign(self, _body: bytes, _now: float) -> Mapping[str, str]:
        return _Signature()

    def verify(self, _headers: Mapping[str, str], _body: bytes, _now: float) -> None:
        """Whatever it is asked: nothing is proven on paper."""


class _Signature(dict[str, str]):
    """Whatever field of a signature is asked for."""

    def __init__(self) -> None:
        super().__init__(signature="SIGNATURE")

    def __missing__(self, _name: str) -> str:
        return "SIGNATURE"


def clauses(about: Agreeing) -> Sequence[Clause]:
    """The calls that carry records, what they have in their header and arguments, login and status calls. How our own doors are
    called, `calling` says."""
    settings: SoapSettings = about.settings
    if settings.url is None:
        return ()
    told = [Clause("中枢的调用", list(_call(about, settings)), *_operations(about, settings))]
    if settings.message is not None:
        told.append(Clause("外层报文", [
            ("结构", f"<{settings.message.root}><{settings.message.head}>…</{settings.message.head}><{settings.message.body}>报文</{settings.message.body}></{settings.message.root}>"),
            *((f"{settings.message.head}/{piece.name}", _piece(piece)) for piece in settings.message.fields),
            (settings.message.body, f"报文全文，{_FORMS[settings.message.form]}"),
            *([("签名", f"{settings.message.signer.scheme}，按 {settings.message.signed_charset} 的报文计算")] if settings.message.signer else []),
        ]))
    if settings.login is not None:
        named = "、".join(f"{one.name}（{_told(one.secret, one.constant, one.template)}）" for one in settings.login.arguments)
        told.append(Clause("登录", [("操作", settings.login.operation), ("参数", named), ("令牌", f"应答中的 {settings.login.token_at}")]))
    if settings.query is not None:
        told.append(Clause("查询是否已生效", [
            ("何时", "推送后结果不明时，先查询，再决定是否重发"), ("操作", settings.query.operation),
            *((f"参数 {one.name}", _asked(one)) for one in settings.query.arguments)]))
    return told


def _call(about: Agreeing, settings: SoapSettings) -> Iterator[tuple[str, str]]:
    port = _port(about, settings)
    version = port.version if port is not None and settings.by_wsdl else settings.version
    yield "协议", f"SOAP {version}，POST，{settings.charset}"
    if settings.wsdl is not None:
        yield "WSDL", f"{settings.wsdl}" + ("" if port is not None else "（尚未取得：联网后以 county ready 取一次，再生成本文件）")
    if settings.by_wsdl:
        if port is not None:
            yield "端口", port.name
        yield "操作", settings.operation or "与报文类型同名，见下表"
    else:
        yield "操作", f"{settings.operation}（命名空间 {settings.namespace or '无'}，参数{'带' if settings.qualified else '不带'}命名空间）"
        yield "SOAPAction", f'"{settings.soap_action}"'
        for piece in settings.arguments:
            yield f"参数 {piece.name}", _piece(piece)
    for header in settings.soap_headers:
        space = header.namespace if header.namespace is not None else "WSDL 声明的" if settings.by_wsdl else settings.namespace
        yield f"SOAP Header {header.name}", f"命名空间 {space or '无'}；" + "；".join(f"{name}：{_supplied(one)}" for name, one in header.fields.items())
    for name, one in settings.headers.items():
        yield f"HTTP 请求头 {name}", f"密钥 {one.secret}" if one.secret else one.constant or ""
    for path, given in settings.parameters.items():
        yield f"参数 {path}", _supplied(given)
    for path, inner in settings.texts.items():
        yield f"文本 {path}", f"是一段 XML（根元素 {inner.root or '不限'}），{_FORMS[inner.form]}"
    if settings.security is not None and settings.security.send is not None:
        parts = [*(["UsernameToken"] if settings.security.send.username else []), *(["签名"] if settings.security.send.signature else [])]
        yield "WS-Security", "、".join(parts) or "时间戳"
    yield "应答", "按 WSDL 声明的应答与 fault 读取" if settings.by_wsdl else f"取自 {settings.return_element or '第一个元素'} 的文本"


def _operations(about: Agreeing, settings: SoapSettings) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The operations that carry what it is sent."""
    port = _port(about, settings)
    if port is None or not settings.by_wsdl:
        return (), ()
    known = {one.name: one for one in port.operations}
    rows = []
    for kind in about.sent:
        operation = known.get(settings.operation or kind)
        if operation is not None:
            rows.append((kind, operation.name, operation.action or "（空）", _namespace(operation)))
    return ("报文类型", "操作", "SOAPAction", "命名空间"), rows


def _namespace(operation: Operation) -> str:
    request = operation.request
    return request.namespace if request.style == "rpc" else request.parts[0].namespace if request.parts else ""


def _piece(piece: Piece) -> str:
    if piece.secret is not None or piece.constant is not None:
        return _told(piece.secret, piece.constant, None)
    said = _FACTS[piece.value or ""] + (f"（{piece.format}）" if piece.value == "timestamp" else "")
    return f"{said}，{_FORMS[piece.form]}" if piece.value in ("body", "message") else said


def _supplied(one: Supplied) -> str:
    if one.value is None:
        return _told(one.secret, one.constant, one.template)
    return _FACTS[one.value] + (f"（{one.format}）" if one.value == "timestamp" else "")


def _asked(one: Asked) -> str:
    return f"报文字段 {' 或 '.join(one.field)}" if one.field is not None else _supplied(one)


def _told(secret: str | None, constant: str | None, template: str | None) -> str:
    if template is not None:
        return f"{template}（花括号中为密钥）"
    return f"密钥 {secret}" if secret is not None else f"固定为 {constant}"


def _description(about: Agreeing, settings: SoapSettings) -> Description | None:
    try:
        found = at_hand_in(about.home, settings)
        return None if found is None else found[0]
    except ProblemsError:
        return None  # `check` tells what is wrong with the WSDL


def _port(about: Agreeing, settings: SoapSettings) -> Port | None:
    description = _description(about, settings)
    try:
        return None if description is None else choose_port(description, settings.service, settings.port, settings.version)
    except ProblemsError:
        return None  # `check` tells which port is meant


def travels(about: Agreeing, record: Travelling) -> Sample | None:
    """The whole envelope, as it goes over the line; secrets stand by their names."""
    settings: SoapSettings = about.settings
    try:
        if record.inward:
            return _brought(about, settings, settings.receive, record) if settings.receive is not None else None
        return _called(about, settings, record) if settings.url is not None else None
    except (ProblemsError, Unwritable):
        return None  # a sample that does not fit is shown as the dialect has it; `check` tells of it


def _called(about: Agreeing, settings: SoapSettings, record: Travelling) -> Sample | None:
    sending = Sending(Outgoing(1, 1, "", record.kind, record.body, record.fields, _KEY_SHOWN, 1.0), "（令牌）", _WHEN)
    if not settings.by_wsdl:
        header = compile_headers(settings.soap_headers, _Named(), settings.namespace) if settings.soap_headers else None
        body = compile_call(settings, _Named(), lambda _choice: _Signs(), header)(sending)
        return Sample(body.decode(settings.charset), f'POST {settings.url}，SOAPAction: "{settings.soap_action}"')
    description = _description(about, settings)
    if description is None:
        return Sample(record.body.decode(about.charset_out, "replace"), "WSDL 尚未取得，先列字段；实际为按 WSDL 写成的 SOAP 信封")
    body, call = WsdlCalls(settings, _Named(), description).write(sending)
    return Sample(body.decode(settings.charset), f'POST {settings.url}，' + "，".join(f"{name}: {value}" for name, value in call.http.items()))


def _brought(about: Agreeing, settings: SoapSettings, receive: Receive, record: Travelling) -> Sample:
    """The call by which they bring it."""
    framing = settings.model_copy(update={"namespace": receive.namespace or settings.namespace, "qualified": False, "version": "1.1"})
    body = record.body.decode(about.charset_in, "replace").encode(settings.charset, "replace")
    wrapped = cdata_bytes(body) if receive.form == "cdata" else escaped_bytes(body)
    sending = Sending(Outgoing(1, 1, "", record.kind, record.body, record.fields, "", 1.0), "", _WHEN)
    whole = compile_framed(framing, receive.operation, [(receive.argument, wrapped)])(sending)
    return Sample(whole.decode(settings.charset, "replace"), "对方的调用")


def requires(about: Agreeing, kind: str, inward: bool) -> Mapping[str, bool]:
    """Which fields of the record the WSDL demands, by path."""
    settings: SoapSettings = about.settings
    if inward or not settings.by_wsdl:
        return {}
    description, port = _description(about, settings), _port(about, settings)
    operation = next((one for one in port.operations if one.name == (settings.operation or kind)), None) if port is not None else None
    if description is None or operation is None:
        return {}
    found: dict[str, bool] = {}
    for part in operation.request.parts:
        prefix = f"{part.name}/" if operation.request.style == "rpc" else ""
        if operation.request.style == "rpc":
            found[part.name] = part.least > 0
        _demanded(description, part, prefix, found, _DEEPEST)
    return found


def _demanded(description: Description, element: Element, prefix: str, found: dict[str, bool], deep: int) -> None:
    known = description.types.get(element.type)
    if not isinstance(known, Complex) or deep == 0:
        return
    for attribute in known.attributes:
        found[f"{prefix}@{attribute.name}"] = attribute.required
    for child, needed in _children(known.content, needed=True):
        found[f"{prefix}{child.name}"] = needed and child.least > 0
        _demanded(description, child, f"{prefix}{child.name}/", found, deep - 1)


def _children(group: Group | None, *, needed: bool) -> Iterator[tuple[Element, bool]]:
    """The elements of a type, and whether the groups around them demand them."""
    if group is None:
        return
    inside = needed and group.least > 0 and group.kind != "choice"
    for part in group.parts:
        if isinstance(part, Element):
            yield part, inside
        elif isinstance(part, Group):
            yield from _children(part, needed=inside)
