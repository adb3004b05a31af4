"""A desk for each test, as tests of the command line have it."""

from tests.cli.conftest import desk

__all__ = ["desk"]
