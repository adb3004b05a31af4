"""The problems of serving by a WSDL (GT568, GT670 to GT679)."""

from __future__ import annotations

from guantong.problems import Code

NO_SUCH_OPERATION = Code(
    "GT670", "no operation here is called by {found!r}", "此处没有以 {found!r} 调用的操作",
    "{advice}", "{advice_zh}",
)
UNFIT_REQUEST = Code(
    "GT671", "the call of {operation!r} cannot be read: {path}: expected {expected}, got {came}",
    "对 {operation!r} 的调用无法读取：{path}：应为{expected_zh}，实际为{came_zh}",
    "write it as the WSDL says", "请按 WSDL 书写请求",
)
TOO_MUCH = Code(
    "GT672", "the request has more than {limit} {what}", "请求中的{what_zh}超过 {limit} 个",
    "send one record at a time, its namespaces declared once", "请逐条报送，命名空间只声明一次",
)
NOT_THIS_VERSION = Code(
    "GT673", "SOAP {found} is not spoken here", "此处不支持 SOAP {found}",
    "use SOAP {known}", "请使用 SOAP {known}",
)
BAD_HOST = Code(
    "GT674", "the Host header is no host name with a port", "Host 头不是有效的主机名与端口",
    "ask by the address that was agreed", "请使用约定的地址访问",
)
ANSWER_UNFIT = Code(
    "GT675", "the answer does not fit the WSDL: {path}: expected {expected}, got {came}",
    "应答不符合 WSDL：{path}：应为{expected_zh}，实际为{came_zh}",
    "write the fields that the WSDL declares for it", "请按 WSDL 的声明填写应答字段",
)
NO_REPLY = Code(
    "GT676", "the operation {operation!r} is one-way: it has no reply", "操作 {operation!r} 为单向操作，没有应答",
    "leave out the fields, or refuse by a fault", "请去掉应答字段，或以故障拒绝",
)
NO_SUCH_DOCUMENT = Code(
    "GT677", "the WSDL has no document {name!r}", "WSDL 没有文档 {name!r}",
    "ask for ?wsdl and follow what it imports", "请访问 ?wsdl，并按其中的引用取得其他文档",
)
NO_SUCH_FIELD = Code(
    "GT568", "the request of {operation!r} has no field {found!r}{nearest}", "{operation!r} 的请求中没有字段 {found!r}{nearest_zh}",
    "repeat one of: {known}", "可重复的字段：{known}",
)
