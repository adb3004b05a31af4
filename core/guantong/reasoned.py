"""Why something failed, in English and in Chinese: what operators read says it in both."""

from __future__ import annotations


class Reasoned(Exception):
    """An exception whose text says why; `zh` says the same in Chinese."""

    def __init__(self, reason: str, zh: str) -> None:
        self.zh = zh
        super().__init__(reason)
