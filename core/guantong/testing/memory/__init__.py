"""A store in memory, for tests of what works on one: `Shelf().store(home)`, or `Shelf().spec()` where a configuration names it."""

from guantong.testing.memory.store import MemoryStore, Shelf

__all__ = ["MemoryStore", "Shelf"]
