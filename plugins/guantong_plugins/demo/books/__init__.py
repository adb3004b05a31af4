"""The books: what each target must end up with, worked out by hand from the stories.

Nothing here imports the product's model, mappings or dialects: names, codes and forms are written down a
second time, from the wire specifications, so that a mistake in one place shows against the other.
"""

from guantong_plugins.demo.books.entry import Books, DeadLetter, Entry, Given
from guantong_plugins.demo.books.keep import keep_books

__all__ = ["Books", "DeadLetter", "Entry", "Given", "keep_books"]
