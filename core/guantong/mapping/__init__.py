"""The mapping engine: dialects, mappings and code tables, compiled; pure translation both ways."""

from guantong.mapping.dialect import Dialect
from guantong.mapping.load import load_dialects
from guantong.mapping.outcome import Missing, Translated, TranslatedOut, Untranslatable
from guantong.mapping.plan import Plan

__all__ = ["Dialect", "Missing", "Plan", "Translated", "TranslatedOut", "Untranslatable", "load_dialects"]
