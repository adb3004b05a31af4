"""Write docs/reference from the code, or with `--check` fail when it is out of date.

    python docs/generate.py            write the pages
    python docs/generate.py --check    exit 1 and name each page that differs
"""

from __future__ import annotations

import argparse
import pkgutil
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from reference_pages.cli import cli_page
from reference_pages.config import config_page
from reference_pages.dialects import dialects_page
from reference_pages.errors import errors_page
from reference_pages.findings import findings_page
from reference_pages.index import index_page
from reference_pages.mapping import mapping_page
from reference_pages.model import codes_page, model_page
from reference_pages.plugins import plugins_page
from reference_pages.states import states_page

REFERENCE = Path(__file__).resolve().parent / "reference"
PACKAGES = ("guantong", "guantong_adapters", "guantong_plugins")
PAGES: Mapping[str, Callable[[], str]] = {
    "README.md": index_page,
    "cli.md": cli_page,
    "codes.md": codes_page,
    "config.md": config_page,
    "dialects.md": dialects_page,
    "errors.md": errors_page,
    "findings.md": findings_page,
    "mapping.md": mapping_page,
    "model.md": model_page,
    "plugins.md": plugins_page,
    "states.md": states_page,
}


def load_everything() -> None:
    """Import every module, so that every declaration is known."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)


def outdated(pages: Mapping[str, str]) -> list[str]:
    """Names of pages on disk that differ from *pages*, are missing, or should not be there."""
    present = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md")}
    return sorted(name for name in present.keys() | pages.keys() if present.get(name) != pages.get(name))


def write(pages: Mapping[str, str]) -> None:
    """Make the folder hold exactly *pages*."""
    REFERENCE.mkdir(exist_ok=True)
    for path in REFERENCE.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, content in pages.items():
        (REFERENCE / name).write_text(content, encoding="utf-8")


def main() -> int:
    """Exit status: 0 when the pages are up to date (or were written), 1 when `--check` found drift."""
    parser = argparse.ArgumentParser(description="Write docs/reference from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    arguments = parser.parse_args()
    load_everything()
    pages = {name: make() for name, make in PAGES.items()}
    drifted = outdated(pages)
    if not arguments.check:
        write(pages)
        sys.stdout.write(f"{len(pages)} pages, {len(drifted)} changed\n")
        return 0
    for name in drifted:
        sys.stdout.write(f"docs/reference/{name} is out of date; write it anew with: make docs\n")
    return 1 if drifted else 0


if __name__ == "__main__":
    raise SystemExit(main())
