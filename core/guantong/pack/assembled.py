"""The verifiers that are handed out: one Python file, and one page, each made of its parts."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
from importlib.resources import files

from guantong.pack.rules import COLUMNS, FILES, HEADS
from guantong.pack.says import SAYS, TITLES

_PARTS = (("guantong.proof", "standalone.py"), ("guantong.pack", "says.py"), ("guantong.pack", "archive.py"), ("guantong.pack", "rules.py"),
          ("guantong.pack", "claim.py"), ("guantong.pack", "content.py"), ("guantong.pack", "checking.py"), ("guantong.pack", "telling.py"))
_SCRIPTS = ("hashes", "curve", "log", "archive", "rules", "checking", "page")
_RUNS = '\n\nif __name__ == "__main__":'


def verify_py() -> str:
    """The stand-alone verifier as one Python file: its parts behind one another, what they import of one another left out. It tells
    of itself what its last part, the command line, does."""
    texts = [files(package).joinpath(name).read_text(encoding="utf-8") for package, name in _PARTS]
    told = ast.get_docstring(ast.parse(texts[-1]), clean=False)
    ends = [text.partition(_RUNS)[0] for text in texts[:-1]] + texts[-1:]
    return f'#!/usr/bin/env python3\n"""{told}"""\n\nfrom __future__ import annotations\n' + "".join(map(_part, ends))


def verify_script() -> str:
    """All that the page does, as one script: its parts, and the words and columns of the Python verifier."""
    said = {"SAYS": SAYS, "TITLES": TITLES, "COLUMNS": COLUMNS, "HEADS": HEADS, "FILES": FILES}
    words = "".join(f"const {name} = {json.dumps(one, ensure_ascii=False)};\n" for name, one in said.items())
    parts = [_page(f"{name}.js").replace('"use strict";\n', "") for name in _SCRIPTS]
    return f'"use strict";\n{words}' + "\n".join(parts)


def verify_html() -> str:
    """The verifier as one page that needs nothing but a browser; what it may do is told by its own policy, by the hashes of its script and
    its style."""
    script, style = verify_script(), _page("page.css")
    made = _page("page.html").replace("{{script}}", _hash(script)).replace("{{style}}", _hash(style))
    return made.replace("{{style_text}}", style).replace("{{script_text}}", script)


def _page(name: str) -> str:
    return files("guantong.pack").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a policy (CSP) names what may run."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


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
