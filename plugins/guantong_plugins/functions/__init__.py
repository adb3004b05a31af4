"""Value functions: named, versioned, pure changes of one value, for `via:` in mappings."""
