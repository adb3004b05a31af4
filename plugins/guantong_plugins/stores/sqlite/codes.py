"""What can be wrong with the embedded store's file."""

from __future__ import annotations

from guantong.problems import Code

CANNOT_OPEN = Code(
    "GT637", "{file} cannot be opened ({what})", "无法打开 {file}（{what_zh}）",
    "check the folder's permissions and free space, or restore a backup", "请检查目录权限和剩余空间，或恢复备份",
)
NOT_READABLE = Code(
    "GT638", "{file} is not a readable SQLite file ({what})", "{file} 不是可读的 SQLite 文件（{what}）",
    "restore a backup, or name another file", "请恢复备份，或改用其他文件",
)
ANOTHERS = Code(
    "GT639", "{file} is a database of another program", "{file} 是其他程序的数据库", "name another file", "请改用其他文件",
)
NEWER = Code(
    "GT973", "{file} has schema version {version}, this program needs {ours}", "{file} 的表结构版本为 {version}，本程序需要 {ours}",
    "use the newer program version that wrote it", "请使用写入该文件的较新版本程序",
)
NO_VERSION = Code(
    "GT974", "{file} has schema version {version}, this program needs {ours}", "{file} 的表结构版本为 {version}，本程序需要 {ours}",
    "restore a backup", "请恢复备份",
)
NO_LOG = Code(
    "GT975", "the file system under {file} cannot hold a write-ahead log", "{file} 所在的文件系统不支持预写日志",
    "name a file on a local disk", "请改用本地磁盘上的文件",
)
NOTHING_YET = Code(
    "GT976", "there is no {file} yet", "{file} 尚不存在", "`guantong run` makes it at first start", "首次执行 `guantong run` 时建立",
)
READ_ONLY = Code(
    "GT977", "{file} cannot be written ({what})", "无法写入 {file}（{what_zh}）",
    "let the hub's user write the file and its folder, on a file system that is not mounted read-only",
    "请使枢纽的运行用户可写该文件及其目录，且所在文件系统不是只读挂载",
)
"""What can be wrong with it when it is opened; `what` is SQLite's own name for it, or the operating system's words."""
