"""Who may import whom, and what may not be loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("zeep", "xmlschema", "sqlalchemy", "pika", "psycopg", "pymysql")


def test_the_import_contracts_hold(root: Path) -> None:
    """The core never imports what plugs into it, and the mapping engine stays pure."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"]
    done = subprocess.run([*command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  our own interpreter, fixed arguments
    assert done.returncode == 0, done.stdout


def test_a_protocols_libraries_load_only_when_needed(tmp_path: Path) -> None:
    """Building the registry and the command line loads no library of a protocol or database."""
    program = (
        "import sys, guantong.cli, guantong.plugins as plugins; plugins.registry();"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603  our own interpreter, fixed arguments
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
