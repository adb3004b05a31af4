"""Problems of the file-drop adapter."""

from __future__ import annotations

from guantong.problems import Code

UNREACHABLE = Code(
    "GT570", "the place of the files does not answer ({what})", "文件交换位置无法连接（{what}）",
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
    "split the hand-over, or raise `largest:` in the settings", "请分批提供，或调大设置中的 `largest:`",
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
