"""Who is at the keyboard is what the operating system says, not what variables say."""

from __future__ import annotations

import os
import pwd

import pytest

from guantong import login as module
from guantong.login import login

NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.mark.parametrize("variable", ["LOGNAME", "USER", "SUDO_USER", "SUDO_UID", "LNAME", "USERNAME"])
def test_no_variable_makes_a_user_another(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Whoever is not root is who their number says."""
    monkeypatch.setattr(module, "user_number", lambda: NOBODY)
    monkeypatch.setenv(variable, "auditor")
    assert login() == "nobody"


def test_who_was_lent_the_rights_of_root_is_told_by_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """And root itself is root."""
    monkeypatch.setattr(module, "user_number", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "chen")
    assert login() == "chen"
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setenv("LOGNAME", "auditor")
    assert login() == "root"


def test_the_number_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # what all tests share puts another in its place
    assert module.user_number() == os.getuid()
