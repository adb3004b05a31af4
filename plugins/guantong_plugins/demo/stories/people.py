"""Invented people, enterprises and places. Some names hold characters that GBK cannot write."""

from __future__ import annotations

from random import Random

BEYOND_GBK = ("䶮", "㙍", "𠮷")
"""Characters of real names that need GB 18030."""

_SURNAMES = tuple("陈林黄吴郑许蔡杨谢刘洪江王李张郭罗方孙曾袁温邱卢")
_GIVEN = tuple("楚洁泽伟晓鹏丹燕佳敏俊杰瑞玲浩宇静怡建国志强海涛秀英明辉喆堃镕珺")
_TRADES = ("五金", "塑料", "玉器", "食品", "服装", "医药", "茶叶", "石材", "电器", "农产品")
_FORMS = ("有限公司", "加工厂", "贸易有限公司", "专业合作社")
_MARKS = ("榕江", "兴盛", "黄岐山", "新联", "潮汇", "金溪", "丰达", "南河", "同利", "紫峰")


def person(random: Random, *, rare: bool = False) -> str:
    """A person's name of two or three characters; a *rare* one holds a character beyond GBK."""
    given = random.choice(_GIVEN) + (random.choice(_GIVEN) if random.random() < 0.7 else "")
    if rare:
        given = random.choice(BEYOND_GBK) + given[1:]
    return random.choice(_SURNAMES) + given


def enterprise(random: Random, place: str, *, rare: bool = False) -> str:
    """An enterprise's name that begins with its *place*."""
    mark = random.choice(BEYOND_GBK) + "兴" if rare else random.choice(_MARKS)
    return f"{place}{mark}{random.choice(_TRADES)}{random.choice(_FORMS)}"


def address(random: Random, towns: tuple[str, ...]) -> str:
    """Where a counter stands: a town and a numbered room."""
    return f"{random.choice(towns)}便民服务中心{random.randrange(1, 9)}号窗口"
