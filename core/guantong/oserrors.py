"""What the operating system says of a file, in English and Chinese."""

from __future__ import annotations

import errno

_CHINESE = {
    errno.ENOENT: "文件不存在", errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EISDIR: "这是一个目录",
    errno.ENOTDIR: "上级路径不是目录", errno.EEXIST: "已存在同名文件", errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "文件系统为只读", errno.EMFILE: "打开的文件过多", errno.EIO: "磁盘读写错误",
    errno.ENAMETOOLONG: "路径过长",
}


def in_words(error: OSError) -> tuple[str, str]:
    """What *error* means, in English and Chinese; where Chinese has no word of ours, the system's own."""
    english = error.strerror or type(error).__name__
    return english, _CHINESE.get(error.errno or 0, english)
