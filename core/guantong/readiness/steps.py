"""The steps of a probe in Chinese."""

from __future__ import annotations

STEPS = {
    "resolve": "解析域名", "connect": "建立连接", "tls": "TLS 与证书", "open": "打开", "http": "HTTP 应答", "login": "登录", "wsdl": "WSDL", "signing": "报文签名",
    "folder": "读文件夹", "write": "写文件夹", "queue": "队列", "exchange": "交换机", "topic": "主题", "table": "数据表",
}
"""What each step of `ProbeStep` is called; one that is not here is shown by its own word."""
