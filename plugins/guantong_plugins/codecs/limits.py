"""Bounds on what a record may hold, whatever its wire form."""

from __future__ import annotations

MAX_DEPTH = 64
"""Levels of nesting."""

MAX_VALUES = 50_000
"""Values (JSON) or elements (XML) in one body: a case event has some tens, with every material some hundreds."""

MAX_NAME = 300
"""Characters of an element's name with its namespace: names are kept for the next record."""

MAX_ATTRIBUTE = 65_536
"""Characters of an attribute's value. What is longer belongs into an element."""
