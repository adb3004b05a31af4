"""What a header may be called in the options of a scheme."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100)]
"""A field name of HTTP (RFC 9110 §5.1)."""
