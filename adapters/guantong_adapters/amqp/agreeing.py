"""What whoever speaks through the broker must know, for the interface specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from guantong.agreed import Agreeing, Agreement, Clause
from guantong_adapters.amqp.settings import AmqpSettings, Publish, Receive
from guantong_adapters.broker.agreeing import KEY, verdict_example


def clauses(about: Agreeing) -> Sequence[Clause]:
    """The broker; what is published and with which properties; the queue that is read and what becomes of a message."""
    settings: AmqpSettings = about.settings
    told = [Clause("消息中间件（AMQP 0-9-1）", list(_broker(settings)))]
    if settings.send:
        told.append(Clause("中枢发布的消息", list(_published(about, settings)), ("报文类型", "交换机", "路由键"),
                           [(_kind(kind, settings), publish.exchange or "（缺省交换机）", publish.key) for kind, publish in settings.send.items()],
                           _braces(settings.send.values())))
    if settings.receive is not None:
        told.append(Clause(f"对方写入的队列（{settings.receive.queue}）", list(_received(about, settings.receive))))
    return told


def _kind(kind: str, settings: AmqpSettings) -> str:
    return ("其余各种" if len(settings.send) > 1 else "各种报文") if kind == "*" else kind


def _braces(published: Iterable[Publish]) -> str:
    return "花括号中为报文字段的值。" if any("{" in one.key for one in published) else ""


def _broker(settings: AmqpSettings) -> Iterator[tuple[str, str]]:
    yield "地址", f"{settings.url}（{'TLS' if settings.url.startswith('amqps') else '不加密'}；主机后的路径为虚拟主机）"
    yield "登录", "用户名与口令，由对方分配给中枢" + ("；另验证客户端证书" if settings.tls_certificate else "")
    yield "由谁声明", "交换机、队列及其绑定均由对方声明；中枢不声明、不修改"
    rights = [f"向交换机 {publish.exchange or '（缺省）'} 发布" for publish in settings.send.values()]
    if settings.receive is not None:
        rights.append(f"消费队列 {settings.receive.queue}")
    yield "中枢账号的权限", "；".join(dict.fromkeys(rights))


def _published(about: Agreeing, settings: AmqpSettings) -> Iterator[tuple[str, str]]:
    yield "消息体", f"一条报文，{about.charset_out}"
    yield "content_type", settings.content_type
    yield "type", "报文类型"
    yield "message_id", f"{KEY}：对方须记住并按它排重"
    yield "timestamp", "发布时间（Unix 秒）"
    yield "持久与确认", "delivery_mode 2（持久），mandatory；中枢等待发布确认：没有队列接收的视为未送达，稍后重发"


def _received(about: Agreeing, receive: Receive) -> Iterator[tuple[str, str]]:
    yield "消息体", f"一条报文；字符集见 content_encoding，没有的按 {about.charset_in}；至多 {about.body_limit / 2**20:g} MiB"
    if receive.kind_from_type:
        yield "type", "报文类型" + (f"；没有的按 {receive.kind}" if receive.kind else "")
    else:
        yield "报文类型", receive.kind or "由内容说明"
    yield "持久", "请以 delivery_mode 2 发布到持久队列，并等待发布确认"
    yield "收妥", f"可靠保存之后才确认（ack）；同一队列按次序收取，至多同时在手 {receive.prefetch} 条"
    yield "拒收", "不可接收的以 reject（不重新入队）退出：请为队列配置死信交换机，以便查看"
    yield "暂不收取", "中枢繁忙、停机时不确认，消息留在队列中，恢复后再取：同一消息可能再次送达，内容相同的只生效一次"
    answer = f"JSON：{verdict_example()}"
    others = f"或 {'、'.join(receive.replies)} 之一" if receive.replies else ""
    yield "结果回告", (f"消息带 reply_to 的，结果发到该队列，correlation_id 取自来信（没有的取 message_id）；{answer}。reply_to 须为中间件为对方命名的队列"
                   f"（amq.gen-…、amq.rabbitmq.reply-to）{others}，否则不回告")


def _takes(settings: AmqpSettings) -> Sequence[str] | None:
    return None if "*" in settings.send else list(settings.send)


AGREEMENT = Agreement(clauses, tells=lambda settings: None if settings.receive is not None else (), takes=_takes, answers=False)
