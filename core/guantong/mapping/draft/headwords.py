"""The words data dictionaries use for their columns, in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

NAME, LABEL, EITHER, TYPE, LENGTH, REQUIRED, OPTIONAL, REMARK, TABLE, TABLE_LABEL, OTHER = (
    "name", "label", "either", "type", "length", "required", "optional", "remark", "table", "table_label", "other")

_WORDS: Mapping[str, str] = {
    NAME: "字段 字段名 字段英文名 字段英文名称 英文名 英文名称 英文字段 英文字段名 列名 字段代码 字段标识 字段编码 标识符 参数名 参数 参数代码 "
          "元素名 元素 节点名 节点 属性名 数据项代码 数据元标识 短名 对方字段 column columnname col colname field fieldname fieldcode "
          "name element parameter param key code attribute xmltag tag",
    LABEL: "字段中文名 字段中文名称 中文名 中文名称 中文 中文含义 字段含义 含义 字段名称 名称 数据项 数据项名称 参数名称 元素名称 列中文名 "
           "列描述 列说明 列注释 字段描述 字段说明 字段注释 信息项 信息项名称 指标项 参数说明 参数含义 业务名称 label chinesename caption title",
    EITHER: "代码 编码 名称 名",
    TYPE: "类型 数据类型 字段类型 参数类型 类型及长度 类型长度 数据格式 格式 类型与长度 type datatype fieldtype columntype format",
    LENGTH: "长度 字段长度 数据长度 最大长度 长度限制 length len size maxlength fieldlength 精度",
    REQUIRED: "必填 是否必填 必输 是否必输 必选 是否必须 必须 必要 是否必要 必填项 约束 约束条件 非空 是否非空 required mandatory notnull mo 选填必填",
    OPTIONAL: "可空 是否可空 允许为空 是否为空 是否允许为空 可否为空 允许空 为空 可为空 允许空值 nullable null isnull allownull",
    REMARK: "备注 说明 描述 注释 取值说明 取值范围 值域 值域范围 代码说明 代码表 字典 数据字典 填写说明 规则 取值 枚举值 remark remarks note "
            "notes comment comments description desc explanation values",
    TABLE: "表名 所属表 表英文名 表代码 数据表 数据表名 接口名 table tablename",
    TABLE_LABEL: "表中文名 表名称 表说明 表描述 表注释 接口名称",
    OTHER: "序号 编号 主键 是否主键 外键 索引 缺省 缺省值 默认 默认值 示例 示例值 样例 举例 版本 小数位 小数 单位 no seq pk fk primarykey "
           "default defaultvalue example sample scale index id",
}
_ROLES: Mapping[str, str] = {word: role for role, listed in _WORDS.items() for word in listed.split()}
_NOISE = re.compile(r"[\s*＊:：()（）\[\]【】/\\、,，._\-]+")


def folded(text: str) -> str:
    """A heading without blanks, brackets and case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def role_of(heading: str) -> str:
    """What a column of this heading holds, or the empty string."""
    if len(heading) > 30:
        return ""
    plain = folded(heading)
    bare = folded(re.sub(r"[(（].*?[)）]", "", unicodedata.normalize("NFKC", heading)))
    return _ROLES.get(plain) or _ROLES.get(bare, "")


def column_roles() -> Mapping[str, str]:
    """What `--columns` may name: each role by every word for it."""
    return _ROLES
