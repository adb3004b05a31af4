"""Sites: the tree of centres and windows (市 → 县区/管委会 → 镇街 → 村居 → 窗口), as data imported from a table."""

from guantong.sites.site import Level, Site
from guantong.sites.tree import NO_SITES, Tree

__all__ = ["NO_SITES", "Level", "Site", "Tree"]
