"""The record of the bench: one application of 31 fields and five materials, about 2 KB of JSON.

Every record is a case of its own: only its serial differs. All in it is invented.
"""

from __future__ import annotations

import re

import orjson

_SERIAL = re.compile(rb"GTB([0-9]{12})")
_DIGITS = 12


def serial(number: int) -> bytes:
    """The case serial of the record *number*."""
    return b"GTB%0*d" % (_DIGITS, number)


def number_in(body: bytes) -> int:
    """The number of the record in *body*, in whatever form a system writes it; 0 where there is none."""
    found = _SERIAL.search(body)
    return 0 if found is None else int(found[1])


def record(number: int) -> bytes:
    """The record *number* as its source writes it."""
    return orjson.dumps({
        "applyNo": serial(number).decode(), "ver": 1, "sender": "PORTAL", "sentAt": "20240517143016",
        "batchNo": "B20240517", "itemCode": "440300-000101-XK-001", "itemName": " 食品经营许可（新办） ",
        "regionCode": "445202", "deptCode": "MB2C98765", "deptName": "市场监督管理局 ", "projectName": "小吃店开业",
        "channel": "APP", "status": "02", "urgency": "1", "applyTime": "2024-05-17 14:30:15", "promiseDays": "5",
        "dueDate": "20240524", "fee": "120.50", "receiptNo": "HZ-2024-0517-0042",
        "applicant": {
            "type": "1", "name": " 张三 ", "certType": "111", "certNo": "445202199002031232", "gender": "1",
            "birth": "19900203", "mobile": "13800138000", "phone": "",
            "address": "广东省揭阳市榕城区新兴路一号", "postcode": "522000",
        },
        "agent": {"name": "李四 ", "certNo": "445222198505052458", "mobile": "13900139000"},
        "memo": "  材料齐全  ",
        "materials": [_material(index) for index in range(1, 6)],
    })


def _material(index: int) -> dict[str, str]:
    return {
        "code": f"M{index:03d}", "name": f" 申请材料{index} ", "type": str(index % 3 + 1), "copies": str(index),
        "fileId": f"f-20240517-{index}", "fileName": f"申请材料{index}.pdf", "size": str(10240 * index),
        "digest": "9f86d081884c7d659a2feaa0c55ad015", "uploadTime": f"202405171{index}3000",
    }


class Requests:
    """HTTP requests, each with a record of its own, made by pasting numbers into *body*, the record 0: the load generator
    must cost little."""

    def __init__(self, path: str, token: str, body: bytes, media: str = "application/json") -> None:
        self._before, self._after = body.split(serial(0))
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode("ascii") + self._before

    def make(self, number: int) -> bytes:
        """The whole request with the record *number*."""
        return self._head + serial(number) + self._after
