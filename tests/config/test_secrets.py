"""Secrets come from the environment or a file, and are seen nowhere."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.config import Loaded, load
from guantong.plugins import Registry
from guantong.problems import ProblemsError

Load = Callable[[], Loaded]
Edit = Callable[..., None]

PUNING = "config/counties/puning.yaml"
SEEN = "s3cr3t-in-the-file"


def _everything_said(loaded: Loaded) -> str:
    said = [repr(loaded), str(ProblemsError(loaded.problems))]
    for problem in loaded.problems:
        said += [repr(problem), problem.line("en"), problem.line("zh"), json.dumps(problem.as_json())]
    return "\n".join(said)


def test_a_secret_of_the_environment_is_read_and_hidden(loaded: Load, environ: dict[str, str]) -> None:
    """The value is there to be revealed, and in no repr, text or pickle."""
    result = loaded()
    assert result.configuration is not None
    secret = result.configuration.systems["puning.approval"].secrets["token"]
    assert secret.reveal() == environ["PUNING_TOKEN"]
    assert environ["PUNING_TOKEN"] not in _everything_said(result)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


def test_a_secret_file_lies_under_the_home_folder(loaded: Load, edit: Edit, home: Path) -> None:
    """A file is read as UTF-8 text without its line end; its name is relative to the home folder."""
    file = home / "token.txt"
    file.write_text("口令-7\r\n", encoding="utf-8")
    file.chmod(0o600)
    edit(PUNING, "{env: PUNING_TOKEN}", "{file: token.txt}")
    result = loaded()
    assert [problem.line() for problem in result.problems] == []
    assert result.configuration is not None
    assert result.configuration.systems["puning.approval"].secrets["token"].reveal() == "口令-7"


def test_a_secret_file_everybody_may_read_is_a_warning(loaded: Load, edit: Edit, home: Path) -> None:
    """The configuration holds, and its owner is told to shut the file."""
    (home / "token.txt").write_text("x", encoding="utf-8")
    (home / "token.txt").chmod(0o644)
    edit(PUNING, "{env: PUNING_TOKEN}", "{file: token.txt}")
    result = loaded()
    assert [problem.line() for problem in result.problems] == [
        (
            "config/counties/puning.yaml:13:14 systems.approval.secrets.token: the secret file token.txt may be "
            "read by every user of this machine; run `chmod o-r token.txt` [GT157]"
        )
    ]
    assert result.configuration is not None


@pytest.mark.parametrize(("body", "what"), [
    (b"", "it is empty"),
    (b"\n", "it is empty"),
    (b"\xff\xfe\x00", "it is not UTF-8"),
    (b"x" * 70_000, "it is over 65536 bytes"),
])
def test_a_secret_file_that_cannot_be_used_is_named(
    body: bytes, what: str, loaded: Load, edit: Edit, home: Path
) -> None:
    """Empty, of another encoding, too large: said with the file's name and never its content."""
    (home / "token.txt").write_bytes(body)
    (home / "token.txt").chmod(0o600)
    edit(PUNING, "{env: PUNING_TOKEN}", "{file: token.txt}")
    assert [problem.line() for problem in loaded().problems] == [
        (
            f"config/counties/puning.yaml:13:14 systems.approval.secrets.token: the secret file token.txt cannot be "
            f"used: {what}; put the secret 'token' into that file, as UTF-8 text [GT108]"
        )
    ]


def test_an_empty_variable_is_as_good_as_none(home: Path, plugged: Registry, environ: dict[str, str]) -> None:
    """A variable that is set to nothing is named as empty."""
    result = load(home, plugged, {**environ, "PUNING_TOKEN": ""})
    assert [problem.message("zh") for problem in result.problems] == ["环境变量 PUNING_TOKEN 为空"]


@pytest.mark.parametrize("written", [
    f"secrets:\n      token: {SEEN}",
    f"secrets: {SEEN}",
    f"secrets:\n      token: [{SEEN}]",
    f"secrets:\n      token: {{value: {SEEN}}}",
    f"secrets:\n      token: {{env: {SEEN}}}",
    f"secrets:\n      token: {{env: [{SEEN}]}}",
    f"secrets:\n      token: {{env: PUNING_TOKEN, file: {{a: {SEEN}}}}}",
])
def test_a_secret_in_the_file_is_an_error_that_never_quotes_it(
    written: str, loaded: Load, edit: Edit
) -> None:
    """However it is written into the file, the error points at it and does not repeat it."""
    edit(PUNING, "secrets:\n      token: {env: PUNING_TOKEN}", written)
    result = loaded()
    assert result.configuration is None
    assert {problem.place.file for problem in result.problems} == {PUNING}
    assert {problem.place.line for problem in result.problems} <= {12, 13}
    assert SEEN not in _everything_said(result)


def test_a_literal_secret_is_answered_with_what_to_do(loaded: Load, edit: Edit) -> None:
    """Take it out, change it, and where it belongs."""
    edit(PUNING, "{env: PUNING_TOKEN}", SEEN)
    assert [problem.line() for problem in loaded().problems] == [
        (
            "config/counties/puning.yaml:13:14 systems.approval.secrets.token: a secret stands in the file; take it "
            "out (and change it: it has been seen); write {env: NAME} or {file: path} in its place [GT106]"
        )
    ]


@pytest.mark.parametrize("url", [f"mysql://user:{SEEN}@db/base", f"http://u:{SEEN}@host"])
def test_a_password_inside_an_address_is_a_secret_in_the_file(url: str, loaded: Load, edit: Edit) -> None:
    """An address with a password is refused in any file, and not quoted."""
    edit(PUNING, "http://approval.example.invalid", url)
    result = loaded()
    assert [(problem.code.id, str(problem.place), problem.path) for problem in result.problems] == [
        ("GT106", f"{PUNING}:9:12", "systems.approval.settings.url")
    ]
    assert SEEN not in _everything_said(result)


def test_a_wrong_value_under_a_secret_sounding_key_is_not_quoted(loaded: Load, edit: Edit) -> None:
    """A password that slipped into another key is told by its length alone."""
    edit(PUNING, "    facts:\n", f"    facts:\n      password: [{SEEN}]\n")
    edit(PUNING, "      url:", f"      paths: {{token: {{verify_host: {SEEN}}}}}\n      url:")
    result = loaded()
    assert SEEN not in _everything_said(result)
    assert [problem.path for problem in result.problems] == [
        "systems.approval.settings.paths.token.verify_host", "systems.approval.facts.password"
    ]


def test_a_secret_nothing_uses_is_a_warning(loaded: Load, edit: Edit) -> None:
    """A misspelt name of a secret is found, with the nearest one."""
    edit(PUNING, "token: {env", "tokne: {env")
    result = loaded()
    assert [problem.line() for problem in result.problems] == [
        (
            "config/counties/puning.yaml:13:7 systems.approval.secrets.tokne: nothing uses the secret 'tokne'; "
            "did you mean 'token'? [GT158]"
        )
    ]
    assert result.configuration is not None


def test_a_secret_its_signer_cannot_use_is_named_where_it_stands(
    loaded: Load, environ: dict[str, str]
) -> None:
    """`check` says what the secret should be, at its line, and never what it is."""
    environ["PORTAL_TOKEN"] = "unfit"
    result = loaded()
    assert [problem.line() for problem in result.problems] == [
        ("config/city.yaml:10:7 systems.hall-portal.secrets.stamp_token: the secret 'stamp_token' does not fit "
         "stamp: expected a token that fits; put the right one where it is read from [GT127]"),
    ]
    assert "unfit" not in _everything_said(result)
