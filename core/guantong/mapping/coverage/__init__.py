"""Coverage: what samples hold that a dialect does not read, and what it cannot fill, translate or keep."""

from guantong.mapping.coverage.findings import KINDS, Example, Finding
from guantong.mapping.coverage.measure import Coverage

__all__ = ["KINDS", "Coverage", "Example", "Finding"]
