"""The answers as a file to fill in: every key with what it means, Chinese first."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.onboarding.shipped import Profile


def template(known: Mapping[str, Profile]) -> str:
    """A commented `answers.yaml`; it reads well as it stands."""
    width = max((len(name) for name in known), default=0)
    listed = "\n".join(f"#   {name.ljust(width)}  {one.title}" for name, one in sorted(known.items()) if name.startswith("county-"))
    return f"""\
# 接入一个县区：填好后执行 guantong county add --from answers.yaml（加 --dry-run 只看不写）。
# Bringing a county online: fill in, then guantong county add --from answers.yaml (--dry-run only shows).

county: konggang                          # 标识：小写字母、数字，用作文件名 · its id: lower-case letters and digits
name: {{zh: 空港经济区, en: Konggang}}           # 中文名，英文名可省 · its name; English may be left out
region: "445298"                        # 行政区划代码 · region code

# 接口模板 · the profile of its interface:
{listed}
profile: county-soap-invoke

# 对方地址，一行，不带口令 · where it is reached, one line, no password:
#   http://10.0.0.8:8080/services/Approval       REST, SOAP
#   mysql+pymysql://guantong@10.0.0.8/exchange   前置库 exchange tables
#   sftp://guantong@10.0.0.8/exchange            文件 files; 或本机文件夹 or a folder: /srv/exchange/konggang
#   ftp://guantong@10.0.0.8/exchange             文件，以 TLS 加密；对方不支持的，settings 写 · over TLS; where it has none: {{place: {{ftp: {{tls: none}}}}}}
#   （sftp 另写 host_keys · with sftp also host_keys, below）
#   amqp://10.0.0.8:5672/exchange                消息中间件 a broker (AMQP); mqtt://10.0.0.8:1883 (MQTT); amqps, mqtts：TLS
address: http://approval.konggang.example.invalid/services/Approval

# 以下都可省略 · all that follows may be left out

# 对方提供的资料（数据字典、建表语句、WSDL、样例报文），据此生成映射草稿；路径相对于本文件
# What the vendor handed over, from which the mappings are drafted; paths from this file
# from: [数据字典.xlsx, 样例.xml]

# 没有资料时在哪个数据规范之上改写；缺省为使用该接口模板的自带规范（county-soap-wsdl 没有，须写 from 或 extends）
# Without material: the dialect to build on; by default the shipped one that speaks the profile
# extends: jiedong

# 按 WSDL 接入时：操作对应的过程信息、字段含义（字段有代码的写出代码）、哪些应答算成功；说不清的会逐项指出
# By a WSDL: which event an operation is, what a field means (with its codes), which replies mean what; what is not told is named
# events: {{SubmitAcceptance: case.acceptance}}
# fields: {{record/ApplyNo: serial.province, record/Way: {{to: channel, codes: {{online: "2", counter: "1"}}}}}}
# reply: {{success: {{Receipt/Code: "0"}}, duplicate: {{Receipt/Code: "2"}}, refused: {{Receipt/Code: ["4", "9"]}}}}

# 对方怎样报送受理、办结（按 WSDL 接入时）：ours 按我方 WSDL 调用我方，theirs 按其 WSDL 中的操作调用我方，no 不报送
# How the county reports by a WSDL: it calls us by our WSDL (ours), by the operations of its own (theirs), or not at all (no)
# serve: ours

# 与接口模板不同的设置 · settings that differ from the profile
# settings: {{namespace: "http://konggang.example.invalid/ws"}}

# sftp 服务器的主机密钥指纹，向其管理员索取，不符即拒绝连接 · the host key of an sftp server, from its administrator; any other ends the connection
# host_keys: "SHA256:jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj"
# （sftp 缺省以口令登录；以私钥登录的，下列 settings 写 · by password unless settings say {{place: {{sftp: {{login: key}}}}}}，secrets 写 key）

# 只收不推：对方只报送，不接收申办（前置库、文件、REST）· nothing is sent to it: the county only reports
# sends: no

# 密钥来源，缺省为环境变量 GUANTONG_<县区>_<密钥> · where secrets come from, by default such a variable
# secrets: {{key: {{file: secrets/konggang.key}}}}

# 数据规范要用、只有对方才说得清的参数；缺了会逐项指出 · what a dialect needs to be told by the county; each that is missing is named
# facts: {{accept_list: 见材料, item_kind: promised}}

# 开放测试接口：对方试报即知全部错误，报文不保存 · a door at which the vendor tries its records; nothing is kept
# test_door: true

# 工作目录还是空的时：所属地市 · where the home is still empty: the city
# city: {{zh: 揭阳市, en: Jieyang}}
"""
