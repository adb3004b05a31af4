"""What can be wrong with a store on PostgreSQL when it is opened."""

from __future__ import annotations

from guantong.problems import Code

NO_DRIVER = Code(
    "GT620", "the store on PostgreSQL needs psycopg, which is not installed", "PostgreSQL 存储需要 psycopg，尚未安装",
    "install guantong[postgres]", "请安装 guantong[postgres]",
)
NO_DSN = Code(
    "GT621", "the connection string cannot be had: {what}", "无法取得连接串：{what}",
    "set it before starting; it reads postgresql://user:password@host:5432/database",
    "请在启动前设置，形如 postgresql://user:password@host:5432/database",
)
BAD_DSN = Code(
    "GT622", "what {source} holds is no connection string that PostgreSQL understands", "{source} 的内容不是 PostgreSQL 能识别的连接串",
    "write postgresql://user:password@host:5432/database, with %XX for special characters in the password",
    "请写成 postgresql://user:password@host:5432/database，密码中的特殊字符写成 %XX",
)
CANNOT_CONNECT = Code(
    "GT623", "PostgreSQL cannot be reached: {what}", "无法连接 PostgreSQL：{what}",
    "check host, port, database, user and password in the connection string, that the server runs, and that its "
    "pg_hba.conf admits this machine",
    "请核对连接串中的主机、端口、数据库、用户和密码，确认服务器已启动且其 pg_hba.conf 允许本机连接",
)
OLD_SERVER = Code(
    "GT624", "the server is PostgreSQL {found}, and at least {needed} is needed", "服务器为 PostgreSQL {found}，至少需要 {needed}",
    "name a newer server in the connection string", "请在连接串中指定较新的服务器",
)
WRONG_CHARSET = Code(
    "GT625", "the database keeps text as {found}, which cannot hold every character", "数据库的字符编码为 {found}，无法保存全部文字",
    "make the database with ENCODING 'UTF8' and name that one", "请用 ENCODING 'UTF8' 建库，并改用该库",
)
READ_ONLY = Code(
    "GT626", "the database is read-only ({why})", "数据库只读（{why_zh}）",
    "name the primary server (target_session_attrs=read-write finds it among several hosts), or let this user write",
    "请改用主服务器（连接串列出多台主机时可加 target_session_attrs=read-write），或允许该用户写入",
)
NOT_DURABLE = Code(
    "GT627", "the server runs with fsync off: what it says is kept may be lost", "服务器关闭了 fsync：已确认写入的数据可能丢失",
    "set fsync = on in postgresql.conf and restart the server", "请在 postgresql.conf 中设置 fsync = on 并重启服务器",
)
SCHEMA_IN_USE = Code(
    "GT628", "another hub works in the schema {schema} ({who})", "另一个中枢正在使用模式 {schema}（{who}）",
    "stop it first, name another schema in store.schema, or let all of them say `shared: true` under store:",
    "请先停止它，或在 store.schema 中指定其他模式；多个进程共用时，各自的 store 下都要写 shared: true",
)
OLDER_IN_USE = Code(
    "GT879", "processes of an earlier version work in the schema {schema} ({who}): it has version {found}, this program needs {needed}",
    "较早版本的进程正在使用模式 {schema}（{who}）：其版本为 {found}，本程序需要 {needed}",
    "stop them all (`guantong workers` of their version lists them), then start this version: the first of them brings the schema up",
    "请先停止它们（用其版本的 `guantong workers` 查看），再启动本版本：首个进程会自动升级该模式",
)
NO_PERMISSION = Code(
    "GT629", "the user may not do what is needed in the schema {schema}: {what}", "该用户在模式 {schema} 中缺少权限：{what}",
    "let an administrator run: CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {user}; where the schema is another user's: GRANT ALL ON "
    "SCHEMA {schema} TO {user}; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}",
    "请数据库管理员执行：CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {user}；模式属于其他用户的，执行：GRANT ALL ON SCHEMA {schema} TO {user}; "
    "GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}",
)
NEWER_SCHEMA = Code(
    "GT630", "the schema {schema} has version {found}, this program needs {needed}", "模式 {schema} 的版本为 {found}，本程序需要 {needed}",
    "use the newer program version that wrote it", "请使用写入它的较新版本程序",
)
FOREIGN_SCHEMA = Code(
    "GT631", "the schema {schema} holds tables of another program ({example})", "模式 {schema} 中有其他程序的表（{example}）",
    "name another schema in store.schema", "请在 store.schema 中指定其他模式",
)
NOTHING_YET = Code(
    "GT632", "there is nothing in the schema {schema} yet", "模式 {schema} 中还没有数据",
    "`guantong run` makes it at first start; where this home has a store already, bring that over first: `guantong move`",
    "首次执行 `guantong run` 时自动建立；本工作目录已有数据的，请先用 `guantong move` 搬入",
)
OLDER_SCHEMA = Code(
    "GT633", "the schema {schema} has version {found}, this program reads {needed}", "模式 {schema} 的版本为 {found}，本程序读取 {needed}",
    "`guantong run` of this program brings it up when the hub starts; until then read with the older program",
    "本版本的 `guantong run` 启动时会自动升级；此前请用旧版本程序查看",
)
REFUSED = Code(
    "GT634", "PostgreSQL refused to open the store ({sqlstate}: {what})", "PostgreSQL 拒绝打开存储（{sqlstate}：{what}）",
    "look into the server's log for the same moment", "请查看服务器同一时刻的日志",
)
MOVING = Code(
    "GT990", "a move into the schema {schema} is not over", "迁入模式 {schema} 的搬迁尚未完成",
    "go on with it: guantong move --yes", "请继续搬迁：guantong move --yes",
)
NOT_EMPTY = Code(
    "GT991", "the schema {schema} already holds a hub's data", "模式 {schema} 中已有数据",
    "name another schema in store.schema: nothing is ever moved over what is there", "请在 store.schema 中指定其他模式：搬迁从不覆盖已有数据",
)
BEGUN_BY_ANOTHER = Code(
    "GT992", "a move into the schema {schema} was begun by another version of the program", "迁入模式 {schema} 的搬迁由其他版本的程序开始",
    "go on with that version, or take the schema away (DROP SCHEMA {schema} CASCADE) and begin anew: the embedded store still holds everything",
    "请用该版本继续，或删除该模式（DROP SCHEMA {schema} CASCADE）后重新搬迁：原存储仍保有全部数据",
)
