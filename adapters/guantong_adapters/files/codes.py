"""Problems of the file-drop adapter."""

from __future__ import annotations

from guantong.problems import Code

UNREACHABLE = Code(
    "GT570", "the place of the files does not answer ({what})", "文件交换位置无法连接（{what_zh}）",
    "check that it runs, and the address and the network openings", "请确认其正在运行，并检查地址与网络策略",
)
HOST_KEY = Code(
    "GT571",
    "the server shows the host key {came}, which is not among `host_keys:`",
    "服务器出示的主机密钥 {came} 不在 `host_keys:` 之中",
    "ask its administrators for the fingerprint by another way, and write it there only when it is theirs",
    "请通过其他途径向对方管理员核实指纹，确认无误后再写入",
)
LOGIN = Code(
    "GT572", "the server refuses the login ({what})", "服务器拒绝登录（{what}）",
    "check user, password or key, and that the account is not locked", "请检查用户、口令或私钥，并确认账号未被锁定",
)
NO_FOLDER = Code(
    "GT573", "there is no folder {folder!r}", "没有文件夹 {folder!r}",
    "correct the setting, or have the folder made and the right to it given", "请更正设置，或请对方建立文件夹并授权",
)
NOT_ALLOWED = Code(
    "GT574", "the place refused to {act} in {folder!r} ({what})", "无法在 {folder!r} 中{act_zh}（{what}）",
    "rights and a full disk are the usual causes", "常见原因为权限不足或磁盘已满",
)
NO_KIND = Code(
    "GT575", "nothing says into which folder records of kind {kind!r} go", "未说明 {kind!r} 类报文写入哪个文件夹",
    'add it under `send:` in the settings; "*" stands for every kind', '请在设置的 `send:` 中加入；"*" 表示所有种类',
)
NO_NAME = Code(
    "GT576",
    "the record has no value for {field!r}, which the file's name needs", "报文中缺少文件名所需的字段 {field!r}",
    "map the field, or correct `name:` in the settings", "请映射该字段，或更正设置中的 `name:`",
)
TOO_LARGE = Code(
    "GT577", "the file has {size} bytes, and at most {limit} are taken", "文件为 {size} 字节，最多接收 {limit} 字节",
    "raise `largest:` in the settings and put the file into its folder again, or have it handed over in smaller files",
    "请调大设置中的 `largest:`，再把文件重新放入原文件夹；或请对方分成较小的文件",
)
BEYOND_ALL = Code(
    "GT445", "the file has {size} bytes, and no setting lets a record's file have more than {limit}",
    "文件为 {size} 字节，任何设置都不能超过 {limit} 字节",
    "where it holds many records, have it read in parts (`split:`); a large attachment goes into its own file beside its record (`beside:`)",
    "含许多条记录的，用 `split:` 分部分读取；大的附件单独成文件，放在报文旁边（`beside:`）",
)
UNSPLITTABLE = Code(
    "GT449", "the file cannot be read in parts: {where}: {what}", "文件无法分部分读取：{where_zh}：{what_zh}",
    "nothing of it was taken; correct `split:` (or `charset:`) in the settings, or have a whole one handed over, and put it into its folder again",
    "其中内容一条也未收；请更正设置中的 `split:`（或 `charset:`），或请对方重新提供完整的文件，再放入原文件夹",
)
NO_ROOM_ASIDE = Code(
    "GT450", "a large file could not be copied aside to be read in parts: {what}", "大文件无法先复制到一旁再分部分读取：{what_zh}",
    "make room where the hub keeps its store (var/): as much as the file has; it is then read by itself",
    "请在中枢存储所在磁盘（var/）腾出与该文件同样大的空间，之后会自动读取",
)
ATTACHMENT_TOO_LARGE = Code(
    "GT446", "the attachment {name!r} beside it has {size} bytes, and at most {limit} are taken",
    "旁边的附件 {name!r} 为 {size} 字节，最多接收 {limit} 字节",
    "raise `blobs.largest:` in config/guantong.yaml and put record and attachment into the folder again, or have a smaller one handed over",
    "请调大 config/guantong.yaml 中的 `blobs.largest:`，再把报文连同附件重新放入原文件夹；或请对方提供较小的附件",
)
EMPTY_FILE = Code(
    "GT578", "the file is empty", "文件为空",
    "write it anew under its name, whole", "请重新完整写出该文件",
)
NOT_INSTALLED = Code(
    "GT579", "{protocol} needs the package {package}, which is not installed", "{protocol} 需要软件包 {package}，尚未安装",
    "install guantong[{extra}]", "请安装 guantong[{extra}]",
)
ATTACHMENT_GONE = Code(
    "GT856", "an attachment cannot be read: {what}", "附件无法读取：{what}",
    "restore the blobs from a backup, then replay", "请从备份恢复附件存储后重放",
)
PATH_REFUSED = Code(
    "GT444", "the record names a file by a path that is not taken: {path!r} ({what})", "报文给出的附件路径不予读取：{path!r}（{what_zh}）",
    "paths are relative to `settings.fetch.folder`, without links or ..; name what stands before them in `prefix:`, then replay",
    "路径须相对于 `settings.fetch.folder`，不含链接和 ..；固定的前缀写入 `prefix:`，然后重放",
)
WHOSE_RULES = Code(
    "GT440", "nothing tells into which of the folders {folders} the file was put, and they are read differently",
    "无法判断该归档文件原属于 {folders} 中哪个文件夹，而这些文件夹的读取规则不同",
    "give the folders `match:` patterns of which one alone fits, or put the file into its folder again",
    "请为这些文件夹写出互不重叠的 `match:`，或将该文件重新放入原文件夹",
)
WHOSE_ATTACHMENTS = Code(
    "GT441", "a file beside it in the archive may as well belong to another record of that day",
    "旁边的附件也可能属于同日归档的另一份报文",
    "put the record's file with its attachments into its folder again", "请将该文件连同附件重新放入原文件夹",
)
ARCHIVE_CHANGED = Code(
    "GT442", "the archived file changed or went while it was read", "归档文件在读取时被改动或移走",
    "leave the archive alone while a backfill reads it, then run it again", "补传期间请勿改动归档，之后重新补传",
)
ARCHIVE_FULL = Code(
    "GT443", "{folder!r} holds {most} entries or more, of which only so many can be listed",
    "{folder!r} 中的条目不少于 {most} 个，超出部分无法列出",
    "move some of them into the folder of another day; the backfill then goes on", "请将其中一部分移入另一日期的文件夹，补传随后自动继续",
)
