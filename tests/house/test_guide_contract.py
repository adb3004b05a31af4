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
        whole = 'Reply(answer) if answer.endswith(b"\\n") else Unsure("the answer broke off", "应答中断")'
        assert whole in block
        block = block.replace(whole, instead)
    (tmp_path / "test_pigeon.py").write_text(block, "utf-8")
    ran = subprocess.run(  # noqa: S603  our own guide, with our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )
    assert (ran.returncode == 0) is passes, ran.stdout[-2000:]


SECTION = re.compile(r"^## What an adapter tells before it is opened\n.*?^## The hooks\n", re.MULTILINE | re.DOTALL)
RUNNER = """
import pathlib, sys
for number, text in enumerate(pathlib.Path(sys.argv[1]).read_text("utf-8").split("\\f"), 1):
    exec(compile(text, f"example {number}", "exec"), world := globals().setdefault("world", {}))
"""


@pytest.mark.parametrize(("text", "instead", "failing"), [
    ("", "", ""),
    ("not in settings.receipts_for", "in settings.receipts_for", "example 1"),
    ("NotSent(*why) if line is None else Unsure(*why)", "Unsure(*why)", "example 2"),
    ("self._token = None  # the next", "...  # the next", "example 2"),
    ("for field in fields if field not in self._boxes", "for field in fields", "example 3"),
    ("if verdict.again:", "if False:", "example 4"),
    ("len(content) > wanted.limit", "False", "example 5"),
], ids=["as they are", "receipts", "no phase told", "token kept", "a field that fits", "a full hub unheeded", "no limit"])
def test_the_guides_other_examples_run_and_would_notice(tmp_path: Path, text: str, instead: str, failing: str) -> None:
    """One after the other, as they stand; then one of them made worse, which it notices itself."""
    section = SECTION.search(GUIDE.read_text("utf-8"))
    assert section is not None
    blocks = re.findall(r"```python\n(.*?)```", section[0], re.DOTALL)
    assert len(blocks) == 5
    whole = "\f".join(blocks)
    assert text in whole
    (tmp_path / "examples").write_text(whole.replace(text, instead) if text else whole, "utf-8")
    ran = subprocess.run(  # noqa: S603  our own guide, with our own interpreter
        [sys.executable, "-W", "error", "-c", RUNNER, str(tmp_path / "examples")],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )
    assert (ran.returncode == 0) is (not failing), ran.stderr[-2000:]
    assert f'File "{failing}"' in ran.stderr or not failing, ran.stderr[-2000:]
