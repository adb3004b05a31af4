"""Guantong (贯通): integration middleware for local government."""

__version__ = "0.1.0"
