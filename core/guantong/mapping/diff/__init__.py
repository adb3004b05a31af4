"""Differences between two versions of a dialect, as samples show them."""

from guantong.mapping.diff.compare import Comparison
from guantong.mapping.diff.difference import KINDS, Difference, Seen

__all__ = ["KINDS", "Comparison", "Difference", "Seen"]
