"""REST: one HTTP request per record, both ways."""
