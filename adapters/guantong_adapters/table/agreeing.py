"""What whoever fills and reads the tables at the other end must know, for the interface specification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from guantong.agreed import Agreeing, Agreement, Clause, Sample, Travelling
from guantong_adapters.table.settings import PolledTable, ReceiptColumn, SentTable, TableSettings
from guantong_adapters.table.ways import (
    ByClaim,
    ByFlag,
    ByOpenCases,
    ByProcedure,
    ByRemoval,
    BySnapshot,
    ByWatermark,
    WayKeys,
)

_FAILED = {"refused": "拒收", "parked": "无法转换（待处理）", "conflict": "版本冲突", "stale": "旧版本", "unrouted": "无转发规则"}
_WORDS = {"{body}": "报文全文", "{kind}": "报文类型", "{key}": "推送编号（GT 加 14 位数字，每次重发不变）", "{digits}": "推送编号的末四位",
          "{time}": "写入时间 yyyyMMddHHmmss"}


def clauses(about: Agreeing) -> Sequence[Clause]:
    """The database; the tables the other side fills, with who writes which column; those that we fill, and how it answers."""
    settings: TableSettings = about.settings
    told = [Clause("前置库", list(_database(settings)))]
    if settings.poll:
        told.append(Clause("对方写入、中枢读取的表", heads=("表", "报文类型", "一行的标识", "读取方式"), rows=[
            (one.table or "（存储过程）", one.kind or one.name, "、".join(_identity(settings.read_of(one).keys)), _way(settings.read_of(one).keys))
            for one in settings.poll]))
        for keys, tables in _by_way(settings).items():
            title = "列与值" if len(_by_way(settings)) == 1 else f"列与值（{'、'.join(tables)}）"
            told.append(Clause(title, list(_columns(settings, keys))))
    for kind, sent in settings.send.items():
        told.append(Clause(f"中枢写入的表 {sent.table or kind}（{kind}）" if sent.procedure is None else f"中枢调用的存储过程（{kind}）",
                           list(_sent(about, sent))))
    return told


def _database(settings: TableSettings) -> Iterator[tuple[str, str]]:
    parts = urlsplit(settings.url)
    yield "数据库", f"{parts.scheme.partition('+')[0]} {parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    if settings.schema_name:
        yield "模式（schema）", settings.schema_name
    yield "中枢账号的权限", "；".join(dict.fromkeys(_rights(settings)))
    yield "列的值", "按列的类型写入；日期时间见各字段格式；" + ("空文本写作 NULL，读时 NULL 即空" if settings.empty_is_null else "NULL 为没有该字段")
    if settings.aliases:
        yield "列名对照", "、".join(f"{ours} 在表中为 {theirs}" for ours, theirs in settings.aliases.items())
    if settings.mislabelled:
        yield "字符集", f"文本列中实际为 {settings.mislabelled}"
    if settings.binary != "base64":
        yield "字节列", f"其中为 {settings.binary} 文本"
    yield "列的多少", "表中可另有列：中枢写入时不涉及，读取时记为未读取的字段"


def _rights(settings: TableSettings) -> Iterator[str]:
    for one in settings.poll:
        keys = settings.read_of(one).keys
        if isinstance(keys, ByProcedure):
            yield f"执行 {keys.name}" + (f"、{keys.acknowledge}" if keys.acknowledge else "")
            continue
        more = f"、更新 {'、'.join(_ours(keys))}" if _ours(keys) else "、删除" if isinstance(keys, ByRemoval) else ""
        yield f"{one.name}：查询{more}"
        if isinstance(keys, ByFlag) and keys.rejected:
            yield f"{keys.rejected.table}：插入"
    for kind, sent in settings.send.items():
        yield f"执行 {sent.procedure.name}" if sent.procedure else f"{sent.table or kind}：插入、查询"


def _identity(keys: WayKeys) -> Sequence[str]:
    if isinstance(keys, BySnapshot):
        return keys.key
    return (keys.id,) if isinstance(keys, ByProcedure) else keys.id


def _ours(keys: WayKeys) -> list[str]:
    """The columns of their rows that we write."""
    found = [keys.owner, keys.at] if isinstance(keys, ByClaim) else []
    return [keys.flag, *filter(None, [keys.reason]), *found] if isinstance(keys, ByFlag) else found


def _way(keys: WayKeys) -> str:
    if isinstance(keys, ByClaim):
        return f"按状态列 {keys.flag}，多个读取方认领"
    if isinstance(keys, ByFlag):
        return f"按状态列 {keys.flag}"
    if isinstance(keys, ByRemoval):
        return "读后删除"
    if isinstance(keys, ByWatermark):
        return f"按增长列 {keys.column}"
    if isinstance(keys, BySnapshot):
        return "整表比较"
    return f"按在办件的 {keys.serial}" if isinstance(keys, ByOpenCases) else f"调用 {keys.name}"


def _by_way(settings: TableSettings) -> Mapping[WayKeys, list[str]]:
    """The tables that are read alike, identity aside."""
    found: dict[WayKeys, list[str]] = {}
    for one in settings.poll:
        keys = settings.read_of(one).keys
        alike = keys.model_copy(update={"id": ()}) if isinstance(keys, ByFlag) else keys
        found.setdefault(alike, []).append(one.name)
    return found


def _columns(settings: TableSettings, keys: WayKeys) -> Iterator[tuple[str, str]]:
    if isinstance(keys, ByFlag):
        yield from _of_flag(settings, keys)
    elif isinstance(keys, ByRemoval):
        yield "对方", "只插入，一行一条；不更新、不删除"
        yield "中枢", "收妥即删除；拒收的留在表中，内容改动后再读"
        yield "次序", _order(keys.age)
    elif isinstance(keys, ByWatermark):
        span = f"{keys.overlap:g} 秒（该列为数字时 {keys.overlap_number}）"
        yield "增长列", f"{keys.column}，只增不减，不得为 NULL" + (f"，文本格式 {keys.format}" if keys.format else "")
        yield "提交", f"自写入该列的值至提交不得超过 {span}，否则该行不会被读到"
        yield "中枢", "不写对方的任何列，不删除"
    elif isinstance(keys, BySnapshot):
        yield "中枢", "每次整表比较，新增和改动的行即为报文；不写对方的任何列"
        yield "删除的行", f"作为报文 {keys.deleted}" if keys.deleted else "不作为报文"
    elif isinstance(keys, ByOpenCases):
        yield "中枢", f"按在办件的流水号（{keys.kind}）查询 {keys.serial} 列；行的内容改动即再读"
    else:
        yield "调用", f"{keys.name}(since, limit)：返回 since 之后的行，先旧后新；since 取上次最后一行的 {keys.cursor}，首次为“{keys.since}”"
        yield "标识", f"{keys.id}，同一标识内容相同的视为已读"
        if keys.acknowledge:
            yield "回告", f"每行收取后调用 {keys.acknowledge}(标识, 结果, 原因)，结果为 {keys.taken} 或 {keys.error}"


def _of_flag(settings: TableSettings, keys: ByFlag) -> Iterator[tuple[str, str]]:
    unread = " 或 ".join((*keys.unread, *(("NULL",) if keys.unread_null else ())))
    failed = "、".join(_FAILED[one] for one in settings.error_for)
    yield f"{keys.flag}（状态列）", f"对方插入时写 {unread}（未读）；中枢收妥后改为 {keys.taken}，有误改为 {keys.error}（{failed}）"
    if keys.reason:
        yield f"{keys.reason}（结果列）", (f"由中枢写入：有误的原因和代码，至多 {keys.reason_bytes} 字节（{settings.reason_charset}），超长截断；对方插入时留空")
    if keys.age:
        yield f"{keys.age}（写入时间）", "由对方或数据库缺省值填写行的写入时间，不得为空、不得回拨"
    yield "次序", _order(keys.age)
    yield "谁写哪些列", ("对方写标识列、业务列" + (f"、{keys.age}" if keys.age else "") + f"，并把 {keys.flag} 置为 {unread}；"
                    f"中枢只改 {'、'.join(_ours(keys))}，不改业务列，不删除行")
    yield "更正", f"有误的行更正后把 {keys.flag} 改回 {unread} 即再读；已收妥的，版本号加 1 插入新行"
    yield "一个事务", "业务列与状态列在同一事务中写入：提交后中枢才会看到整行"
    if isinstance(keys, ByClaim):
        yield "认领", f"中枢读取时在 {keys.owner} 写 {keys.me}、在 {keys.at} 写时间；他方已认领的不读，{keys.release_after:g} 秒未了的可被接手"
    if keys.rejected:
        yield "退回副表", f"有误的行另抄入 {keys.rejected.table}，原因在 {keys.rejected.reason}（至多 {keys.rejected.reason_bytes} 字节）"


def _order(age: str | None) -> str:
    if age is None:
        return "按标识"
    return f"各表的行合在一起按 {age} 先后，相同时按标识：同一办件先发生的先写"


def _sent(about: Agreeing, sent: SentTable) -> Iterator[tuple[str, str]]:
    if sent.procedure is not None:
        yield "调用", f"{sent.procedure.name}({', '.join(sent.procedure.arguments)})，参数为报文的这些列，依此次序"
        yield "返回", f"{'、'.join(sent.procedure.returns)}（输出参数）"
        return
    yield "唯一键", f"{'、'.join(sent.identity)}：库中须有此唯一约束，中枢据此避免重复写入、查询有无此行"
    if sent.version:
        yield "更正", f"更正后重推是新的一行，{sent.version} 加 1；旧行不改"
    for name, value in sent.constants.items():
        yield f"{name}（固定值）", f"中枢插入时写 {value}"
    for name, template in sent.columns.items():
        said = "、".join(f"{word} 为{meaning}" for word, meaning in _WORDS.items() if word in template)
        others = "" if said or "{" not in template else "，花括号中为报文字段的值"
        yield name, f"{template}{f'（{said}）' if said else others}"
    if "{body}" in "".join(sent.columns.values()):
        yield "报文字符集", sent.body_charset
    yield "谁写哪些列", "中枢只插入，插入后不再更新或删除；对方只改回执列，不删除尚无回执的行" if sent.receipt else "中枢只插入，插入后不再更新或删除"
    if sent.receipt is not None:
        yield from _receipt(about, sent.receipt)


def _receipt(about: Agreeing, receipt: ReceiptColumn) -> Iterator[tuple[str, str]]:
    rejected = " 或 ".join(f"{value}{f'（{receipt.meanings[value]}）' if value in receipt.meanings else ''}" for value in receipt.rejected)
    yield f"{receipt.column}（回执列）", f"由对方改写：收妥写 {' 或 '.join(receipt.confirmed)}，退回写 {rejected}；其他值和 NULL 表示尚无结论"
    if receipt.reason:
        yield f"{receipt.reason}（退回原因）", "由对方写入，与回执列在同一事务中"
    yield "回执期限", f"{about.within / 3600:g} 小时内；逾期列为疑点，迟到的仍会读取" if about.within else "不限"


def travels(about: Agreeing, record: Travelling) -> Sample | None:
    """The row, as the statement that inserts it."""
    settings: TableSettings = about.settings
    if record.inward:
        polled = next((one for one in settings.poll if (one.kind or one.name) == record.kind), None)
        if polled is None or polled.table is None:
            return None
        return Sample(_insert(polled.table, _inserted(settings, polled, record)), "对方插入的一行")
    sent = settings.send.get(record.kind)
    if sent is None or sent.procedure is not None:
        return None
    row = {name: f"'{template}'" for name, template in sent.columns.items()} or _row(record)
    shown = _insert(sent.table or record.kind, {**row, **{name: _quoted(value) for name, value in sent.constants.items()}})
    body = f"\n\n{{body}}：\n{record.body.decode(about.charset_out, 'replace')}" if sent.columns else ""
    return Sample(shown + body, "中枢插入的一行")


def _inserted(settings: TableSettings, polled: PolledTable, record: Travelling) -> dict[str, str]:
    """The columns that whoever inserts fills: what identifies a row, those that are written for the hub, whatever a sample that was
    read has there, and the record's. The reason is written by us."""
    keys = settings.read_of(polled).keys
    control: dict[str, str] = {}
    if isinstance(keys, ByFlag | ByRemoval) and keys.age:
        control[keys.age] = "CURRENT_TIMESTAMP"
    if isinstance(keys, ByFlag):
        control[keys.flag] = _quoted(keys.unread[0])
    taken = {name.lower() for name in (*control, getattr(keys, "reason", None) or "")}
    row = {name: value for name, value in _row(record).items() if name.lower() not in taken}
    named = {name.lower() for name in row}
    return {**{name: "'1'" for name in _identity(keys) if name.lower() not in named}, **control, **row}


def _row(record: Travelling) -> dict[str, str]:
    return {name: "NULL" if value is None else _quoted(str(value)) for name, value in record.fields.items() if not isinstance(value, dict | list)}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _insert(table: str, columns: Mapping[str, str]) -> str:
    return f"INSERT INTO {table}\n  ({', '.join(columns)})\nVALUES\n  ({', '.join(columns.values())});"


AGREEMENT = Agreement(clauses, travels, tells=lambda settings: [one.kind or one.name for one in settings.poll],
                      takes=lambda settings: list(settings.send), answers=False)
