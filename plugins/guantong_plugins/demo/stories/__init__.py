"""Invented cases of Jieyang's counties, told in canonical facts: the same stories for the same seed."""

from guantong_plugins.demo.stories.generator import make_stories

__all__ = ["make_stories"]
