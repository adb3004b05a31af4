"""The names of elements and attributes in a file: the parser keeps each for as long as it reads."""

from __future__ import annotations

from collections.abc import Collection

MOST_DEPTH = 64
"""Of elements within one another."""
_MOST, _LONGEST = 10_000, 300


class Names:
    """Those that were met."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def beyond(self, name: str, attributes: Collection[str]) -> bool:
        """Whether there are too many, or one is too long, with an element of this *name* and *attributes*."""
        met = self._met
        if name in met and met.issuperset(attributes):
            return False
        new = (name, *attributes)
        met.update(new)
        return len(met) > _MOST or any(len(one) > _LONGEST for one in new)


TOO_MANY = "too many names of elements and attributes, or too long ones", "元素名、属性名过多或过长"
TOO_DEEP = "nested too deep", "嵌套过深"
