"""Reconciliation (对账): a system's own books of some days against what was accepted here, and against what its targets confirmed."""
