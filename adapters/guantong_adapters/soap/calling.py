"""What a vendor must know to call our SOAP doors, for the interface specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guantong_adapters.soap.describing import namespace_of
from guantong_adapters.soap.serving.settings import Serve
from guantong_adapters.soap.settings import Receive, SoapSettings

_LEFT_OPEN = {"message": "…", "code": "…", "reason": "…", "reason_zh": "…"}


def calling(settings: SoapSettings) -> Sequence[tuple[str, str]]:
    """What is agreed on and what it is, in Chinese, of every door of a system of these settings."""
    by_hand = _by_hand(settings, settings.receive) if settings.receive is not None else ()
    return [*by_hand, *(_by_wsdl(settings.serve) if settings.serve is not None else ())]


def _by_hand(settings: SoapSettings, receive: Receive) -> Iterator[tuple[str, str]]:
    yield "请求", "SOAP 1.1 或 1.2，POST"
    if namespace_of(settings, receive):
        yield "WSDL", "推送地址后加 ?wsdl，可直接生成客户端"
    yield "操作", f"{receive.operation}（命名空间 {receive.namespace or settings.namespace or '不限'}）"
    yield "参数", f"{receive.argument}：报文全文，写作 CDATA 或转义的文本"
    yield "字符集", f"以报文声明为准；未声明的按 {settings.charset}"
    if receive.key is not None:
        yield "身份", f"请求头 {receive.key.header}（密钥 {receive.key.secret}）"
    if receive.verify is not None:
        yield "签名", f"按 {receive.verify.scheme} 签名"
    yield "应答", f"在 {receive.operation}Response 的 {receive.return_element} 中"
    yield "应答：收妥", receive.taken.format(**_LEFT_OPEN)
    yield "应答：拒收", receive.refused.format(**_LEFT_OPEN)
    later = receive.again.format(**_LEFT_OPEN) if receive.again is not None else "HTTP 503 与 SOAP Fault"
    yield "应答：稍后重发", later


def _by_wsdl(serve: Serve) -> Iterator[tuple[str, str]]:
    if serve.publish:
        yield "WSDL", f"推送地址后加 ?wsdl（{serve.path}?wsdl），可直接生成客户端"
    yield "操作", "、".join(serve.operations)
    if serve.key is not None:
        yield "身份", f"请求头 {serve.key.header}（密钥 {serve.key.secret}）"
    for where, named in (("报文字段", serve.credentials), ("SOAP Header", serve.header_credentials)):
        if named:
            yield "身份", f"{where} {'、'.join(f'{path}（密钥 {secret}）' for path, secret in named.items())}"
    yield "应答", "以 WSDL 声明的应答和 fault 为准"
