"""Who only looks hears the same of a store that is gone as who starts the hub: never to start it."""

from __future__ import annotations

import pytest
from tests.cli.desk import ACCEPTANCE, Desk


@pytest.mark.parametrize("verb", ["queues", "doctor", "trace"])
@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_a_store_that_is_gone_is_told_by_every_verb_that_reads(desk: Desk, verb: str, left: str) -> None:
    """To start the hub would begin a second journal."""
    desk.tell(ACCEPTANCE)
    for file in (desk.home / "var").glob("guantong.db*"):
        file.unlink()
    if left == "an empty file":
        (desk.home / "var/guantong.db").touch()
    done = desk.guantong(verb, *(["M1"] if verb == "trace" else []))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing is kept in sqlite var/guantong.db any more, where this home's cases and journal were; bring its file or disk back" in done.stderr
    assert "[GT877]" in done.stderr
    assert "guantong run" not in done.stderr
