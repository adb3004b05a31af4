"""Signers: the signature schemes of outside systems."""
