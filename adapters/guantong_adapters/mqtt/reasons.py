"""Why a broker or paho ended a line, in English and Chinese."""

from __future__ import annotations

from typing import Any

from paho.mqtt.client import error_string
from paho.mqtt.enums import MQTTErrorCode

_CHINESE = {
    "not authorized": "没有权限", "bad user name or password": "用户名或口令不符", "bad authentication method": "认证方式不符",
    "client identifier not valid": "client id 不被接受", "unsupported protocol version": "不支持该协议版本",
    "server unavailable": "消息中间件不可用", "server busy": "消息中间件繁忙", "server shutting down": "消息中间件正在关闭",
    "banned": "已被禁止连接", "keep alive timeout": "心跳超时", "session taken over": "另一客户端使用了同一 client id",
    "topic filter invalid": "主题过滤器无效", "topic name invalid": "主题名称无效", "packet too large": "报文过大", "quota exceeded": "超出配额",
    "administrative action": "管理员操作", "connection rate exceeded": "连接过于频繁", "use another server": "请改连另一服务器",
    "shared subscriptions not supported": "不支持共享订阅", "wildcard subscriptions not supported": "不支持通配符订阅",
    "unspecified error": "未说明的错误", "normal disconnection": "正常断开", "granted qos 0": "只授予 QoS 0",
}
"""By the names of reason codes (MQTT 5, 2.4) in small letters."""


def by_broker(why: Any) -> tuple[str, str]:
    """A reason code of the broker's: its name, and what that means in Chinese where we know."""
    name = str(why)
    return name, _CHINESE.get(name.lower(), name)


def by_library(code: MQTTErrorCode) -> tuple[str, str]:
    """What paho says of a call that failed: that there is no line, whatever its words."""
    return error_string(code), "线路已断"
