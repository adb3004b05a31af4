"""The adapter developer's guide: its example of holding an adapter to the contract passes, and fails for a worse adapter."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/adapter-developers.md"


@pytest.mark.parametrize(("instead", "passes"), [
    ("", True),
    ('Reply(answer)', False),
], ids=["as it is", "half an answer taken for a reply"])
def test_the_guides_adapter_is_held_to_the_contract(tmp_path: Path, instead: str, passes: bool) -> None:
    """The block as it stands; then with an adapter that trusts half an answer."""
    [block] = [found for found in re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
               if "class TestPigeon" in found]
    if instead:
        whole = 'Reply(answer) if answer.endswith(b"\\n") else Unsure("the answer broke off")'
        assert whole in block
        block = block.replace(whole, instead)
    (tmp_path / "test_pigeon.py").write_text(block, "utf-8")
    ran = subprocess.run(  # noqa: S603  our own guide, with our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )
    assert (ran.returncode == 0) is passes, ran.stdout[-2000:]
