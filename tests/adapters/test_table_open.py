"""Exchange tables, opening: every mistake named at once, where it is; no secret and no value shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from tests.adapters.exchange import SETTINGS, Exchange, context, opened
from tests.conftest import address

from guantong.adapter import Polls, Queries, Receipts, Sends
from guantong.plugins import build_registry
from guantong.problems import ProblemsError
from guantong.secret import Secret
from guantong_adapters.table.adapter import open_tables
from guantong_adapters.table.failures import failure
from guantong_adapters.table.settings import TableSettings


async def test_everything_missing_is_said_at_once_with_the_nearest_names(tmp_path: Path) -> None:
    """Tables and columns that are not there, each at its key in the settings."""
    exchange = Exchange(f"sqlite:///{tmp_path / 'exchange.db'}")
    settings = {
        "send": {"EX_GDBS_SB": {"key": ["SBLSHH"], "constants": {"CLZT": "N", "CLSJ": "1"}}},
        "poll": [{"table": "EX_GDBS_SLL"}, {"table": "EX_GDBS_BJ", "read": {"flag": {"id": "GUID"}}}],
    }
    tables = await open_tables(context(exchange.url, settings))  # opens: another system's hub must start
    with pytest.raises(ProblemsError) as caught:
        await tables.prepare()
    await tables.close()
    assert [(problem.code.id, problem.path, problem.message()) for problem in caught.value.problems] == [
        ("GT504", "jiexi.approval.settings.send.EX_GDBS_SB.key",
         "the table 'EX_GDBS_SB' has no column 'SBLSHH' (SBLSH?)"),
        ("GT504", "jiexi.approval.settings.send.EX_GDBS_SB.constants.CLSJ",
         "the table 'EX_GDBS_SB' has no column 'CLSJ' (CLJG?)"),
        ("GT503", "jiexi.approval.settings.poll.0.table",
         "the exchange database has no table 'EX_GDBS_SLL' (EX_GDBS_SL?)"),
        ("GT504", "jiexi.approval.settings.poll.1.read.flag.id",
         "the table 'EX_GDBS_BJ' has no column 'GUID' (ID?)"),
    ]
    exchange.engine.dispose()


@pytest.mark.parametrize("url", ["nosuch://u@h/b", "sqlite+nosuch:///x", "mysql+mysqlconnector://u@h/b"])
async def test_a_database_without_its_driver_is_said_plainly(url: str) -> None:
    """The code says what to install, and where the URL stands."""
    with pytest.raises(ProblemsError, match=r"jiexi\.approval\.settings\.url: .*GT501"):
        await open_tables(context(url))


@pytest.mark.service("mariadb")
async def test_a_wrong_password_is_named_without_showing_it() -> None:
    """The database's refusal has a state; neither password nor the driver's text is shown."""
    url = f"mysql+pymysql://guantong_nobody@{address('mariadb')}/test"
    adapter = await open_tables(context(url, secrets={"password": Secret("wrong-password-1")}))
    with pytest.raises(ProblemsError, match="GT502") as caught:
        await adapter.poll("", 1)
    assert "1045" in str(caught.value)
    assert "wrong-password-1" not in str(caught.value) + repr(adapter._database.engine)
    await adapter.close()


def problem_of(given: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        TableSettings.model_validate({**SETTINGS, "url": "sqlite:///x.db", **given})
    return str(caught.value.errors(include_input=False)[0]["msg"])


def test_settings_that_would_leak_or_loop_are_refused() -> None:
    """A password in the URL, a flag that stays unread, a charset nobody knows, a URL that is none."""
    assert "holds a password" in problem_of({"url": "mysql+pymysql://u:secret@h/b"})
    assert "must differ" in problem_of({"read": {"flag": {"taken": "N"}}})
    assert "charset is not known" in problem_of({"binary": "gb18O30"})
    assert "SQLAlchemy URL" in problem_of({"url": "exchange.db"})


async def test_it_can_do_what_the_core_asks_of_an_exchange_database(tmp_path: Path) -> None:
    """Sends, is asked, is polled, and gives receipts."""
    exchange = Exchange(f"sqlite:///{tmp_path / 'exchange.db'}")
    async with opened(exchange.url) as adapter:
        assert isinstance(adapter, Sends)
        assert isinstance(adapter, Queries)
        assert isinstance(adapter, Polls)
        assert isinstance(adapter, Receipts)
    exchange.engine.dispose()


def test_no_database_library_loads_before_a_system_needs_it() -> None:
    """The plugin declares itself without SQLAlchemy."""
    look = "import sys; import guantong_adapters.table.plugin; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0  # noqa: S603  our own words


def test_it_is_found_as_a_plugin() -> None:
    """The adapter and its simulator are registered through the entry points of the package."""
    found = build_registry()
    assert found.adapters["table"].settings is TableSettings
    assert "county-table" in found.simulators


class _FakeError(Exception):
    """A driver's error with what drivers put in."""

    def __init__(self, *args: object, sqlstate: str | None = None) -> None:
        super().__init__(*args)
        if sqlstate:
            self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (_FakeError(1406, "Data too long for column 'SQRMC' at row 1"), ("data", "1406", "SQRMC")),
        (_FakeError(1205, "Lock wait timeout exceeded"), ("busy", "1205", "")),
        (_FakeError(1062, "Duplicate entry '张三' for key"), ("constraint", "1062", "")),
        (_FakeError("text 张三", sqlstate="42501"), ("denied", "42501", "")),
        (_FakeError("text 张三", sqlstate="40001"), ("busy", "40001", "")),
        (_FakeError("ORA-00001: 张三"), ("data", "_FakeError", "")),
    ],
)
def test_errors_are_told_by_class_and_state_never_by_their_text(
    origin: Exception, expected: tuple[str, str, str]
) -> None:
    """Drivers quote values; we keep the class, the state and the column's name."""
    found = failure(DataError("INSERT", {"SQRMC": "张三"}, origin, hide_parameters=True))
    assert (found.kind, found.state, found.column) == expected
    assert "张三" not in str(found)
    assert failure(IntegrityError("INSERT", None, _FakeError("x"))).kind == "constraint"
    assert failure(UnicodeEncodeError("gbk", "𠮷", 0, 1, "x")).kind == "data"
