"""Proofs: which fields survive both ways, which do not, and whether that is declared."""

from guantong.mapping.prove.proof import STATUSES, FieldProof, Loss
from guantong.mapping.prove.prover import Prover

__all__ = ["STATUSES", "FieldProof", "Loss", "Prover"]
