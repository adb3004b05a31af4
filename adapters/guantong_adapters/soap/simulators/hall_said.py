"""What the simulated hall says of a record, however it came."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """What the hall thinks of a record: a code (0 taken, 1 there already), words, and the serial it minted."""

    code: str
    words: str
    serial: str = ""

    def line(self) -> str:
        """As the SOAP service says it."""
        text = f"编码：{self.code}；描述：{self.words}"
        return f"{text}；流水号：{self.serial}" if self.serial else text


BUSY = Said("9", "系统繁忙")
STRANGER = Said("4", "身份验证失败")
MALFORMED = Said("5", "报文格式错误")
