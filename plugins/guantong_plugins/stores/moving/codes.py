"""What can be wrong with a move."""

from __future__ import annotations

from guantong.problems import Code

NOWHERE_TO = Code(
    "GT993", "`store:` names {use}, and a move leads from the embedded store to PostgreSQL", "`store:` 为 {use}，而搬迁是从内嵌存储迁到 PostgreSQL",
    "write `store: {{use: postgresql, dsn: {{env: NAME}}, schema: guantong}}` into config/guantong.yaml first; nothing is lost by that",
    "请先在 config/guantong.yaml 中写 `store: {{use: postgresql, dsn: {{env: 变量名}}, schema: guantong}}`，原数据不受影响",
)
OTHER_TABLES = Code(
    "GT994", "the two stores do not have the same tables: {what}", "两个存储的表不一致：{what}",
    "both are made by this program: tell its makers", "两者都由本程序建立：请向开发方反馈",
)
DIFFERS = Code(
    "GT995", "{table} differs after the move: {left} rows {left_digest} in the embedded store, {right} rows {right_digest} in PostgreSQL",
    "搬迁后 {table} 不一致：内嵌存储 {left} 行 {left_digest}，PostgreSQL {right} 行 {right_digest}",
    "the schema stays shut: the old hub worked on after the move was begun, or somebody else wrote into the schema; stop it, take the schema away "
    "(DROP SCHEMA … CASCADE) and move again",
    "该模式保持不可用：搬迁开始后旧中枢又运行过，或有他人写入该模式；请停止它，删除该模式（DROP SCHEMA … CASCADE）后重新搬迁",
)
GOES_ON = Code(
    "GT996", "the connection to PostgreSQL was lost while moving ({what}); what was copied is kept", "搬迁途中与 PostgreSQL 的连接中断（{what}），已复制的部分已保存",
    "run the same command again: it goes on where it was", "请再次执行同一命令：将从中断处继续",
)
ALREADY = Code(
    "GT999", "{file} was moved already: it is kept as {kept}", "{file} 已搬迁，原文件保留为 {kept}",
    "start the hub: `guantong run`; to look into the old file, name it with --from", "请启动中枢：`guantong run`；如需查看原文件，请用 --from 指定",
)
