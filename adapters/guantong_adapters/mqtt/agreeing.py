"""What whoever speaks through the topics must know, for the interface specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guantong.agreed import Agreeing, Agreement, Clause
from guantong_adapters.broker.agreeing import KEY, verdict_example
from guantong_adapters.mqtt.settings import MqttSettings, Receive


def clauses(about: Agreeing) -> Sequence[Clause]:
    """The broker; the topics we publish to; those we subscribe to, and what becomes of a message."""
    settings: MqttSettings = about.settings
    told = [Clause(f"消息中间件（MQTT {settings.version}）", list(_broker(about, settings)))]
    if settings.send:
        rows = [("其余各种" if kind == "*" and len(settings.send) > 1 else "各种报文" if kind == "*" else kind, one.topic, "是" if one.retain else "否")
                for kind, one in settings.send.items()]
        braces = any("{" in one.topic for one in settings.send.values())
        told.append(Clause("中枢发布的主题", list(_published(about, settings)), ("报文类型", "主题", "保留（retain）"), rows,
                           "花括号中为报文字段的值，占一级。" if braces else ""))
    if settings.receive is not None:
        told.append(Clause("中枢订阅的主题", list(_received(about, settings, settings.receive))))
    return told


def _broker(about: Agreeing, settings: MqttSettings) -> Iterator[tuple[str, str]]:
    yield "地址", f"{settings.url}（{'TLS' if settings.url.startswith('mqtts') else '不加密'}）"
    yield "登录", "匿名" if settings.anonymous else "用户名与口令，由对方分配给中枢" + ("；另验证客户端证书" if settings.tls_certificate else "")
    name = settings.client_id or f"guantong-{about.system}"
    names = [name] if settings.receive is not None else []
    yield "客户端标识", "、".join([*names, *([f"{name}-out"] if settings.send else [])]) + "（不得与他人重复）"


def _published(about: Agreeing, settings: MqttSettings) -> Iterator[tuple[str, str]]:
    yield "消息体", f"一条报文，{about.charset_out}"
    yield "QoS", "1：可能重复送达，对方须排重；没有订阅者的视为未送达，稍后重发"
    if settings.version == "5":
        yield "Correlation Data", f"{KEY}：按它排重"
        yield "User Property", "kind = 报文类型"
        yield "Content Type", settings.content_type
    else:
        yield "排重", "3.1.1 没有消息属性：按报文中的流水号、版本号排重"


def _received(about: Agreeing, settings: MqttSettings, receive: Receive) -> Iterator[tuple[str, str]]:
    yield "主题", "、".join(receive.topics) + "（+ 代表一级，# 代表其后全部）"
    yield "消息体", f"一条报文，{about.charset_in}；至多 {about.body_limit / 2**20:g} MiB"
    if receive.kind_at is not None:
        level = f"第 {receive.kind_at} 级" if receive.kind_at > 0 else f"倒数第 {-receive.kind_at} 级"
        yield "报文类型", f"取自主题的{level}"
    else:
        yield "报文类型", receive.kind or "由内容说明"
    yield "QoS", "请以 QoS 1 或 2 发布；QoS 0 的可能丢失，不予保证"
    yield "收妥", f"可靠保存之后才确认（PUBACK），按次序，至多同时在手 {receive.prefetch} 条；未确认的会再次送达，内容相同的只生效一次"
    kept = f"{settings.session / 86400:g} 天（会话保留期）" if settings.version == "5" else "以中间件的会话设置为准"
    yield "中枢离线时", f"由中间件为中枢的会话保留：{kept}"
    yield "保留的消息", "读取" if receive.retained == "take" else "不读"
    if receive.presence is not None:
        yield "在线状态", f"主题 {receive.presence}：online 或 offline（保留消息，断线由遗嘱发布）"
    yield "拒收", "MQTT 无法退回：拒收的也会确认，结果见下"
    if settings.version == "5":
        yield "结果回告", f"消息带 Response Topic 的，结果发到该主题，Correlation Data 原样带回；JSON：{verdict_example()}。该主题不得是上述任何一个，也不得含通配符"
    else:
        yield "结果回告", "3.1.1 没有应答主题：结果由双方运维核对"


def _takes(settings: MqttSettings) -> Sequence[str] | None:
    return None if "*" in settings.send else list(settings.send)


AGREEMENT = Agreement(clauses, tells=lambda settings: None if settings.receive is not None else (), takes=_takes, answers=False)
