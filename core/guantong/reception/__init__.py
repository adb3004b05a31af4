"""Reception: the HTTP connections of strangers, bounded, answered and counted before any door sees them."""

from guantong.reception.refusals import Refusals
from guantong.reception.server import serve_doors

__all__ = ["Refusals", "serve_doors"]
