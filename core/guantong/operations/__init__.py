"""What operators do: repair and look. Every act is journaled with its actor."""

from guantong.operations.acts import Act, Order, carry_out
from guantong.operations.done import Done

__all__ = ["Act", "Done", "Order", "carry_out"]
