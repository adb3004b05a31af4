"""Node.js and its SOAP library, where they are installed."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def needs_node() -> None:
    """Skip the test, with the reason, where Node.js or its package `soap` is not there."""
    if shutil.which("node") is None:
        pytest.skip("there is no Node.js")
    if subprocess.run(["node", "-e", "require('soap')"], capture_output=True, check=False).returncode:  # noqa: S607 -- a fixed command
        pytest.skip("Node.js finds no package `soap`: npm install soap, and set NODE_PATH")
