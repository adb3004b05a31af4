"""What the operating system says of a file or a connection, in English and Chinese."""

from __future__ import annotations

import errno
import socket

_CHINESE = {
    errno.ENOENT: "文件不存在", errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EISDIR: "这是一个目录",
    errno.ENOTDIR: "上级路径不是目录", errno.EEXIST: "已存在同名文件", errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "文件系统为只读", errno.EMFILE: "打开的文件过多", errno.EIO: "磁盘读写错误",
    errno.ENAMETOOLONG: "路径过长", errno.ECONNREFUSED: "对方拒绝连接", errno.ECONNRESET: "连接被对方重置",
    errno.ECONNABORTED: "连接中止", errno.EPIPE: "连接已断开", errno.ETIMEDOUT: "连接超时", errno.EHOSTUNREACH: "主机不可达",
    errno.ENETUNREACH: "网络不可达", errno.EADDRNOTAVAIL: "地址不可用",
}
_BY_KIND = {
    socket.gaierror: "无法解析主机名", ConnectionRefusedError: "对方拒绝连接", ConnectionResetError: "连接被对方重置",
    ConnectionAbortedError: "连接中止", BrokenPipeError: "连接已断开", TimeoutError: "连接超时",
}
"""Of errors that carry no number of ours."""


def in_words(error: OSError) -> tuple[str, str]:
    """What *error* means, in English and Chinese; where Chinese has no word of ours, the system's own."""
    english = error.strerror or type(error).__name__
    chinese = _BY_KIND.get(type(error), english)
    return english, chinese if isinstance(error, socket.gaierror) else _CHINESE.get(error.errno or 0, chinese)
