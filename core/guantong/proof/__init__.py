"""Proof of the journal (全程留痕): its lines are leaves of a Merkle tree (RFC 6962), whose roots are signed and kept outside."""
