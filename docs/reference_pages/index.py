"""README.md of the reference: what each page answers."""

from __future__ import annotations

from reference_pages.text import page, table

CONTENTS = (
    ("cli.md", "Which verbs and options are there?", "命令与选项"),
    ("config.md", "Which keys may a configuration file have?", "配置项"),
    ("mapping.md", "Which keys may a dialect, mapping or code table have?", "映射文件的键"),
    ("dialects.md", "Which events can each shipped dialect carry, and what must be configured?", "随产品提供的数据规范"),
    ("errors.md", "What does this problem code mean, and what do I do?", "错误代码与处理办法"),
    ("findings.md", "What may be found odd, and what do I do about it?", "疑点类型与处理办法"),
    ("states.md", "Which states has a message or delivery, and what follows what?", "报文与推送的状态"),
    ("model.md", "Which canonical events and fields are there?", "过程信息与字段"),
    ("codes.md", "Which words may a code field hold?", "代码表"),
    ("plugins.md", "Which adapters, stores, codecs, functions, signers and simulators are built in?", "内置插件"),
)


def index_page() -> str:
    """The list of pages."""
    return page(
        "Reference 参考手册",
        "Every page here is made from the declarations the program itself runs on; `make check` fails when one is "
        "out of date.\n\n各页由程序自身的声明生成；内容过期时 `make check` 不能通过。",
        table(("page", "answers", "内容"), ((f"[{name}]({name})", answer, zh) for name, answer, zh in CONTENTS)),
    )
