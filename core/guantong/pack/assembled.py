"""The verifiers that are handed out: one Python file, and one page, each made of its parts."""

from __future__ import annotations

import ast
from importlib.resources import files

_PARTS = (("guantong.proof", "standalone.py"), ("guantong.pack", "says.py"), ("guantong.pack", "archive.py"), ("guantong.pack", "rules.py"),
          ("guantong.pack", "checking.py"), ("guantong.pack", "telling.py"))
_RUNS = '\n\nif __name__ == "__main__":'


def verify_py() -> str:
    """The stand-alone verifier as one Python file: its parts behind one another, what they import of one another left out. It tells
    of itself what its last part, the command line, does."""
    texts = [files(package).joinpath(name).read_text(encoding="utf-8") for package, name in _PARTS]
    told = ast.get_docstring(ast.parse(texts[-1]), clean=False)
    ends = [text.partition(_RUNS)[0] for text in texts[:-1]] + texts[-1:]
    return f'#!/usr/bin/env python3\n"""{told}"""\n\nfrom __future__ import annotations\n' + "".join(map(_part, ends))


def _part(text: str) -> str:
    """A part as it stands among others: a heading in place of its docstring; without imports of ours, or of the future."""
    lines = text.split("\n")
    docstring, *body = ast.parse(text).body
    for node in (docstring, *body):
        ours = isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("guantong", "__future__")
        if node is docstring or ours:
            renamed = "; ".join(f"{one.asname} = {one.name}" for one in getattr(node, "names", ()) if one.asname)
            title = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
            lines[node.lineno - 1] = f"# ===== {title} =====" if node is docstring else renamed
            lines[node.lineno:node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno)
    return "\n\n" + _squeezed("\n".join(lines).strip("\n")) + "\n"


def _squeezed(text: str) -> str:
    """Never more than two empty lines."""
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text
