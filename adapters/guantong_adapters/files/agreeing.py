"""What whoever writes and reads the files at the other end must know, for the interface specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guantong.agreed import Agreeing, Agreement, Clause, Sample, Travelling
from guantong.problems import ProblemsError
from guantong_adapters.files.filenames import fields_of, file_name
from guantong_adapters.files.marking import REASON
from guantong_adapters.files.settings import (
    ALWAYS_IGNORED,
    MOST_BODY,
    FetchedFile,
    FilesSettings,
    PolledFolder,
    SentKind,
    StatusFiles,
)

EXAMPLE_KEY = "GT00000000000001"
"""How a delivery's key looks."""
_FAILED = {"refused": "拒收", "parked": "无法转换（待处理）", "conflict": "版本冲突", "stale": "旧版本", "unrouted": "无转发规则"}
_MEANT = {"{name}": "报文文件全名", "{stem}": "报文文件名去掉扩展名"}


def clauses(about: Agreeing) -> Sequence[Clause]:
    """Where the files are; what the other side writes and finds afterwards; what we write and it answers."""
    settings: FilesSettings = about.settings
    told = [Clause("文件交换的位置", list(_place(settings)))]
    for polled in settings.poll:
        told.append(Clause(f"对方写入的文件（{_folder(polled.folder)}）", list(_polled(about, settings, polled))))
    if settings.poll:
        told.append(Clause("中枢读取之后", list(_afterwards(settings))))
    if settings.fetch is not None:
        told.append(Clause(f"附件文件（{_folder(settings.fetch.folder)}）", list(_fetched(settings.fetch))))
    for kind, sent in settings.send.items():
        told.append(Clause(f"中枢写入的文件（{'其余各种报文' if kind == '*' and len(settings.send) > 1 else _kinds(kind, about)}）",
                           list(_sent(about, settings, sent))))
    for receipt in _receipts(settings):
        told.append(Clause(f"对方写入的回执文件（{_folder(receipt.folder)}）", list(_receipt(about, receipt))))
    return told


def _receipts(settings: FilesSettings) -> list[StatusFiles]:
    """The status files of all kinds, each way once."""
    found: list[StatusFiles] = []
    for sent in settings.send.values():
        if sent.receipt is not None and sent.receipt not in found:
            found.append(sent.receipt)
    return found


def _kinds(kind: str, about: Agreeing) -> str:
    return "、".join(about.sent) if kind == "*" else kind


def _folder(folder: str) -> str:
    return "根文件夹" if folder == "." else folder


def _place(settings: FilesSettings) -> Iterator[tuple[str, str]]:
    place = settings.place
    if place.local is not None:
        yield "位置", f"中枢服务器可读写的文件夹 {place.local.folder}（共享或挂载）"
    if place.sftp is not None:
        yield "位置", f"SFTP {place.sftp.user}@{place.sftp.host}:{place.sftp.port}，文件夹 {place.sftp.folder}"
        yield "登录方式", "口令" if place.sftp.login == "password" else "密钥对（对方登记中枢的公钥）"
        yield "主机密钥", "须为 " + "、".join(sorted(place.sftp.fingerprints())) + "；更换前请先通知，否则中枢拒绝连接"
    if place.ftp is not None:
        tls = {"explicit": "显式 TLS（AUTH TLS）", "implicit": "隐式 TLS", "none": "不加密"}[place.ftp.tls]
        yield "位置", f"FTP {place.ftp.user}@{place.ftp.host}:{place.ftp.at_port}，{tls}，文件夹 {place.ftp.folder}"
    yield "文件名字符集", settings.charset
    yield "权限", "；".join(_rights(settings))
    yield "路径", "以下文件夹均相对于上述位置"


def _rights(settings: FilesSettings) -> Iterator[str]:
    for polled in settings.poll:
        yield f"{_folder(polled.folder)}：中枢可列出、读取、移走"
    if settings.fetch is not None:
        yield f"{_folder(settings.fetch.folder)}：中枢可列出、读取"
    for folder in dict.fromkeys(sent.folder for sent in settings.send.values()):
        yield f"{_folder(folder)}：中枢可写入、改名、删除"
    for receipt in _receipts(settings):
        yield f"{_folder(receipt.folder)}：中枢可列出、读取" + ("、移走" if receipt.archive else "")
    if settings.poll:
        yield f"{settings.archive}、{settings.error}：中枢可新建文件夹和文件"


def _polled(about: Agreeing, settings: FilesSettings, polled: PolledFolder) -> Iterator[tuple[str, str]]:
    ignored = "、".join((*ALWAYS_IGNORED, *polled.ignore))
    yield "文件名", f"符合 {' 或 '.join(polled.match)}（不分大小写）；名为 {ignored} 的不读，可作写入中的临时名"
    yield "写完的标志", "；".join(_complete(polled))
    yield "先后次序", ("按文件名，其中的数字按数值比较：请以流水号开头，先发生的在前" if settings.order == "name"
                  else "按文件的修改时间，相同时按文件名：先发生的先写完")
    yield "报文类型", ("由内容说明" if not polled.kind and polled.kind_in_name is None
                  else polled.kind or f"取自文件名，符合 {polled.kind_in_name.pattern if polled.kind_in_name else ''}"
                  + (f"（{'、'.join(f'{ours} 即 {theirs}' for ours, theirs in polled.kinds.items())}）" if polled.kinds else ""))
    yield "内容字符集", polled.charset or about.charset_in
    most = settings.largest or min(about.body_limit, MOST_BODY)
    yield "单个文件上限", f"{most / 2**20:g} MiB，超过的移入 {settings.error}"
    if polled.beside is not None:
        yield "附件", (f"与报文文件同一文件夹，名为 {polled.beside.files}（{{stem}} 为{_MEANT['{stem}']}），先于报文文件写好；"
                     f"内容即字段 {polled.beside.into}"
                     + (f"，按字段 {polled.beside.named_by} 中的名称对应" if polled.beside.named_by else ""))


def _complete(polled: PolledFolder | FetchedFile) -> Iterator[str]:
    complete = polled.complete
    if complete.marker:
        yield (f"报文文件写完并关闭后，再在同一文件夹写标记文件 {complete.marker}（{_named(complete.marker)}；内容不限，可为空），"
               "没有标记文件的不读；重写报文文件的，标记文件须随后重写（修改时间不得早于报文文件）")
    if complete.unchanged_for:
        yield f"相隔至少 {complete.unchanged_for:g} 秒的两次查看，大小和修改时间都未变"
    if not complete.marker and not complete.unchanged_for:
        yield "以临时名写入，写完后改为正式名：正式名出现即视为写完"


def _fetched(fetched: FetchedFile) -> Iterator[tuple[str, str]]:
    yield "路径", f"{fetched.path}（花括号中为报文字段的值），相对于此文件夹，以 / 或 \\ 分隔" + (
        f"；报文中路径前的 {fetched.prefix} 由中枢去掉" if fetched.prefix else "")
    yield "写完的标志", "；".join(_complete(fetched)).replace("报文文件", "附件文件")
    yield "先后", "附件先写完，再提供引用它的报文；报文到达时附件尚未写完的，中枢稍后再取"
    yield "不予读取", f"绝对路径、含 .. 的路径、链接、名为 {'、'.join(ALWAYS_IGNORED)} 的文件；空文件视为未写完"


def _named(template: str) -> str:
    return "、".join(f"{part} 为{meaning}" for part, meaning in _MEANT.items() if part in template)


def _afterwards(settings: FilesSettings) -> Iterator[tuple[str, str]]:
    each = "，各来源文件夹分开" if len(settings.poll) > 1 else ""
    failed = "、".join(_FAILED[one] for one in settings.error_for)
    kept = "移入" if settings.taken == "archive" else "删除（收妥后不留）"
    yield "收妥的", (f"连同标记文件{kept}" + (f" {settings.archive}/年-月-日{each}" if settings.taken == "archive" else "") + "；移走即已可靠保存")
    yield "有误的", f"移入 {settings.error}/年-月-日{each}：{failed}；更正后以新文件重新写入"
    yield "原因文件", (f"{settings.error} 中每个文件旁的 <文件名>{REASON}，UTF-8（带 BOM），逐行为“文件、结果、代码、报文编号、原因”，"
                  "代码见“错误代码”")
    yield "暂不读取", "中枢繁忙、停机时文件原样留在原处，恢复后按次序读取，无需重写"
    yield "同名文件", "归档中已有同名的，名中加内容摘要，不互相覆盖"


def _sent(about: Agreeing, settings: FilesSettings, sent: SentKind) -> Iterator[tuple[str, str]]:
    yield "文件夹", _folder(sent.folder)
    yield "文件名", f"{sent.name}：{'、'.join(_meaning(field) for field in fields_of(sent.name))}"
    yield "名中字符", (f"字段值只保留字母、数字、汉字和 - _ .，其他字符写作 _ 并附 8 位摘要；全名至多 {settings.most_name} 字节（{settings.charset}），"
                  "超长的截短并附摘要")
    yield "写入方法", "先以“<文件名>.<次数>.tmp”写入，写完后改为正式名" + (
        f"，再写空的标记文件 {sent.marker}（{_named(sent.marker)}）：见到标记文件再读" if sent.marker else "：见到正式名即可读")
    yield "内容字符集", about.charset_out
    if sent.beside is not None:
        yield "附件", f"先于报文文件写入同一文件夹，名为 {sent.beside}（{{attachment}} 为附件名）"
    yield "重推", ("同一推送重发时文件名不变，内容逐字节相同，覆盖原文件：对方须能重复处理而不重复生效" if "key" in fields_of(sent.name)
                 else "同样字段的推送文件名相同，后写的覆盖先写的")
    yield "清理", "文件由对方取走或删除，中枢写入后不再移动"


def _meaning(field: str) -> str:
    known = {"kind": "报文类型", "key": f"推送编号（GT 加 14 位数字，如 {EXAMPLE_KEY}，每次重发不变）"}
    return f"{{{field}}} 为{known.get(field, f'报文字段 {field} 的值')}"


def _receipt(about: Agreeing, receipt: StatusFiles) -> Iterator[tuple[str, str]]:
    if receipt.confirmed:
        yield "收妥", f"写文件 {' 或 '.join(receipt.confirmed)}（{_named(''.join(receipt.confirmed))}，指中枢写入的那个文件）；内容不看，可为空"
    if receipt.rejected:
        yield "退回", f"写文件 {' 或 '.join(receipt.rejected)}，内容即退回原因（一段文字）；与收妥同时存在时以退回为准"
    if receipt.judged:
        yield "带内容的回执", f"写文件 {receipt.judged}，内容按下列规则判断：" + "；".join(
            f"{'、'.join(f'{path} = ' + ' 或 '.join(values) for path, values in rule.when.field.items()) or '含约定文字'} 为{_judged(rule.means)}"
            for rule in receipt.rules.rules)
    yield "字符集", receipt.charset
    yield "大小", "至多 256 KiB；请先以临时名写完再改名"
    yield "期限", f"{about.within / 3600:g} 小时内；逾期列为疑点，迟到的仍会读取" if about.within else "不限"
    yield "读取之后", f"移入 {receipt.archive}/年-月-日" if receipt.archive else "留在原处，由对方清理"


def _judged(means: str) -> str:
    return {"success": "收妥", "duplicate": "收妥", "permanent": "退回"}.get(means, "尚无结论")


def travels(about: Agreeing, record: Travelling) -> Sample | None:
    """The content as it is, under the name of its file where we give it."""
    settings: FilesSettings = about.settings
    sent = None if record.inward else settings.sent(record.kind)
    if sent is None:
        return None
    try:
        name = file_name(sent.name, record.kind, EXAMPLE_KEY, record.fields, settings.charset, settings.most_name, about.system)
    except ProblemsError:
        return None  # the sample has no such field: it is shown without a name
    return Sample(record.body.decode(about.charset_out, "replace"), f"文件 {name}，在 {_folder(sent.folder)} 中")


def _takes(settings: FilesSettings) -> Sequence[str] | None:
    return None if "*" in settings.send else list(settings.send)


AGREEMENT = Agreement(clauses, travels, tells=lambda settings: None if settings.poll else (), takes=_takes, answers=False)
