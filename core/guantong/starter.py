"""The starter files: the model, mappings and configuration that ship with the product."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]  # core/guantong -> the repository


def starter(kind: str) -> Path:
    """The folder of starter files of *kind* (`mappings` or `config`), in the wheel or in a checkout.

    Raises `FileNotFoundError` when neither holds it: the installation is broken."""
    packaged = _PACKAGE / "_starter" / kind
    if packaged.is_dir():
        return packaged
    if (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / kind).is_dir():
        return _CHECKOUT / kind
    raise FileNotFoundError(f"no starter {kind!r} in the package or in a checkout")
