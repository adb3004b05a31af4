"""Blobs: large contents, hashed while they come, sealed piece by piece, kept once, swept when nothing refers to them."""
