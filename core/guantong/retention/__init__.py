"""Retention (保留期限): what is over and older than its period is pruned, and nothing else; the journal stays."""
