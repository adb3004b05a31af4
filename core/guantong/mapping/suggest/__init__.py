"""Suggestions: rules a dialect lacks, proposed from names, values and other dialects, each with its evidence."""

from guantong.mapping.suggest.names import has_pinyin
from guantong.mapping.suggest.search import Answer, Suggestion, suggest

__all__ = ["Answer", "Suggestion", "has_pinyin", "suggest"]
