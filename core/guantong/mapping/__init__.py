"""The mapping engine: dialects, mappings and code tables, compiled; pure translation both ways."""

from guantong.mapping.dialect import Dialect
from guantong.mapping.join import Join
from guantong.mapping.load import load_dialects
from guantong.mapping.outcome import Incomplete, Missing, Translated, TranslatedOut, Untranslatable
from guantong.mapping.plan import Plan

__all__ = ["Dialect", "Incomplete", "Join", "Missing", "Plan", "Translated", "TranslatedOut", "Untranslatable", "load_dialects"]
