"""What probing a system can find (GT807 to GT819)."""

from __future__ import annotations

from guantong.problems import Code

NAME_UNKNOWN = Code(
    "GT807", "the name {host} cannot be resolved ({what})", "无法解析域名 {host}（{what}）",
    "check the name; ask for an entry in the DNS of this network, or use the address in numbers",
    "请核对域名；或请网络管理员在本网的 DNS 中登记，或改用 IP 地址",
)
REFUSED = Code(
    "GT808", "{host}:{port} refuses the connection", "{host}:{port} 拒绝连接",
    "the machine is there, but nothing listens on the port: check the port, and that their service runs",
    "机器可达，但该端口无服务：请核对端口，并确认对方服务已启动",
)
NO_ANSWER = Code(
    "GT809", "{host}:{port} does not answer within {seconds} s", "{host}:{port} 在 {seconds} 秒内没有应答",
    "a firewall usually: ask for the network opening (guantong county ready NAME --paper DIR writes the list)",
    "多为防火墙未开通：请按网络开通清单申请（guantong county ready 县区 --paper 文件夹 可生成清单）",
)
UNREACHABLE = Code(
    "GT810", "{host}:{port} cannot be reached ({what})", "无法到达 {host}:{port}（{what}）",
    "ask the network's administrators for a route there", "请联系网络管理员开通路由",
)
EXPIRED = Code(
    "GT811", "the certificate of {host} expired on {until}", "{host} 的证书已于 {until} 过期",
    "ask the other side to renew it", "请对方更换证书",
)
EXPIRES_SOON = Code(
    "GT812", "the certificate of {host} expires on {until}", "{host} 的证书将于 {until} 到期",
    "ask the other side to renew it in time", "请提醒对方及时更换", severity="warning",
)
UNTRUSTED = Code(
    "GT813", "the certificate of {host} is not trusted ({what}); it holds until {until}",
    "{host} 的证书不受信任（{what}），有效期至 {until}",
    "ask for their authority's certificate and name it in the settings (`tls_ca`)",
    "请向对方索取其证书颁发机构的证书，写入设置（`tls_ca`）",
)
NO_TLS = Code(
    "GT814", "no TLS with {host}:{port} ({what})", "无法与 {host}:{port} 建立 TLS（{what}）",
    "check that the port is the one for https, and which TLS versions they speak",
    "请确认该端口为 https 端口，并核对对方支持的 TLS 版本",
)
NOT_OPENED = Code(
    "GT815", "the system cannot be opened ({what})", "系统无法打开（{what}）",
    "this is a mistake of ours: report it", "这是本产品的错误，请反馈",
)
NO_EXTRA = Code(
    "GT816", "the library {library} is not installed", "未安装程序库 {library}",
    "install it: pip install 'guantong[{extra}]'", "请安装：pip install 'guantong[{extra}]'",
)
NO_COUNTY = Code(
    "GT817", "there is no file config/counties/{county}.yaml", "不存在 config/counties/{county}.yaml",
    "known: {known}; a new one is made by guantong county add", "可用：{known}；新县区用 guantong county add 添加",
)
SAMPLE_UNREADABLE = Code(
    "GT818", "the sample {file} is taken by no system of this county: {what}", "样例 {file} 无法读取：{what_zh}",
    "give it as the system sends it, or see charset and codec in dialect.yaml", "请放入对方原样发送的报文；或核对 dialect.yaml 的字符集与编解码",
)
