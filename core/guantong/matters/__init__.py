"""The catalogue of matters (事项目录): versions of matters with their days, and the crosswalk of old and new codes."""

from guantong.matters.catalogue import NO_MATTERS, Catalogue
from guantong.matters.matter import Matter

__all__ = ["NO_MATTERS", "Catalogue", "Matter"]
