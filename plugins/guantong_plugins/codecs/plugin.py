"""Registers the codecs."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.codec import CodecSpec
from guantong.plugins import hookimpl
from guantong_plugins.codecs.csvrecord import Csv, CsvOptions
from guantong_plugins.codecs.element import Element, ElementOptions
from guantong_plugins.codecs.exinfo import ExInfo, ExInfoOptions
from guantong_plugins.codecs.form import Form, FormOptions
from guantong_plugins.codecs.jsonrecord import Json, JsonOptions
from guantong_plugins.codecs.nested import Nested, NestedOptions
from guantong_plugins.codecs.package import Package, PackageOptions
from guantong_plugins.codecs.positional import Positional, PositionalOptions
from guantong_plugins.codecs.row import Row, RowOptions
from guantong_plugins.codecs.textreply import TextOptions, TextReply
from guantong_plugins.codecs.xlsxrecord import Xlsx, XlsxOptions
from guantong_plugins.codecs.xmloptions import XmlRecordOptions
from guantong_plugins.codecs.xmlrecord import XmlRecord


@hookimpl
def register_codecs() -> Sequence[CodecSpec]:
    return (
        CodecSpec("json", "JSON object", "JSON 对象", JsonOptions, Json),
        CodecSpec("exinfo", "ExInfo envelope", "ExInfo 交换报文", ExInfoOptions, ExInfo),
        CodecSpec("xml-element", "XML, one element per field", "XML（每字段一个元素）", ElementOptions, Element),
        CodecSpec("xml-package", "XML, many records in a package", "XML 数据包（多条记录）", PackageOptions, Package),
        CodecSpec("xml", "XML of any shape, with namespaces", "XML（任意结构，含命名空间）", XmlRecordOptions, XmlRecord),
        CodecSpec("row", "Row of an exchange table", "交换表的一行", RowOptions, Row),
        CodecSpec("positional", "Numbered fields", "按序号排列的字段", PositionalOptions, Positional),
        CodecSpec("form", "Web form", "网页表单", FormOptions, Form),
        CodecSpec("csv", "Rows of separated values", "CSV 分隔文本", CsvOptions, Csv),
        CodecSpec("xlsx", "Rows of an Excel sheet", "Excel 工作表", XlsxOptions, Xlsx),
        CodecSpec("nested", "A record inside a field of another", "嵌套在字段中的报文", NestedOptions, Nested),
        CodecSpec("text", "Reply in words", "文字回复", TextOptions, TextReply),
    )
