"""Codecs: the wire forms records come in and go out in."""
