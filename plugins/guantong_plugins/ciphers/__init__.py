"""Ciphers: how interfaces want records hidden."""
