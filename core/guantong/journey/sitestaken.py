"""The tree of sites taken up, when the hub starts or is reloaded: journaled, and what it mends settled.

The hub remembers which version it ran with, so that the journal tells of every day which tree was in force.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.findingkinds import UNKNOWN_SITE
from guantong.journey.findings import no_longer
from guantong.journey.siting import names_in_vain
from guantong.problems import ProblemsError
from guantong.sites.kept import about
from guantong.sites.tree import Tree
from guantong.store import Entry, FindingFilter, FindingRow, StoreFailed, Transaction
from guantong.vault import VaultError

CURSOR = "sites"
"""Under this name the store keeps the number of the version that the hub works by."""
BATCH = 100
AT_START = "启动 at start"
log = structlog.get_logger("guantong.sites")


def note_taken(tx: Transaction, at: int, before: int, taken: Tree, actor: str, why: str) -> None:
    """Journal that *taken* is in force from now on, after the version *before*, and remember it."""
    tx.note(Entry(at, "sites_taken", actor=actor, detail={
        "before": before, "after": taken.number, "digest": taken.digest, "why": why}))
    tx.set_cursor(CURSOR, str(taken.number))


async def begin_with_sites(engine: Engine) -> None:
    """Journal the tree that the hub starts with, where it ran with another, and settle what that mends. Raises
    `StoreFailed`."""
    tree = engine.configuration.sites
    before = int(engine.reader.cursor(CURSOR) or 0)
    if tree.number == before:
        return
    await engine.store.write(partial(note_taken, at=engine.clock(), before=before, taken=tree, actor=HUB_ACTOR, why=AT_START))
    await settle_known_sites(engine)


async def settle_known_sites(engine: Engine) -> int:
    """Settle the findings about sites and windows that the tree in force has, imported since; how many. A store that
    cannot write leaves them, and is logged. They are settled in the hub's name, so that one is open again when the
    import is taken back and the site named once more; the journal names who imported."""
    tree = engine.configuration.sites
    if not tree:
        return 0
    imported_by, settled, after = _imported_by(engine, tree), 0, 0
    try:
        while rows := engine.reader.findings(FindingFilter(kind=UNKNOWN_SITE.name), BATCH, after):
            after = rows[-1].id
            known = [row for row in rows if not _still_unknown(engine, row)]
            if known:
                settled += await engine.store.write(partial(_settle, engine, known, tree.number, imported_by))
            await asyncio.sleep(0)  # others' turn
    except StoreFailed as error:
        log.error("sites.not_settled", error=str(error))
    if settled:
        log.info("sites.known_now", settled=settled, version=tree.number)
    return settled


def _imported_by(engine: Engine, tree: Tree) -> str:
    try:
        return about(engine.configuration.home, tree.number).actor
    except ProblemsError as error:  # its file went since it was read
        log.warning("sites.version_unreadable", version=tree.number, problem=error.problems[0].code.id)
        return HUB_ACTOR


def _still_unknown(engine: Engine, row: FindingRow) -> bool:
    """Whether an event of what the finding is about names its code in vain, as the tree in force has it."""
    source = engine.configuration.systems.get(row.system)
    stands = source.site if source is not None else ""
    events = [event for event in engine.reader.events_of_message(row.message) if event.subject == row.subject]
    try:
        bodies = [engine.vault.open(event.body) for event in events]
    except VaultError:
        return True  # a person may still settle it
    return not events or any(names_in_vain(engine.configuration.sites, body, stands) == row.identity for body in bodies)


def _settle(engine: Engine, rows: Sequence[FindingRow], number: int, imported_by: str, tx: Transaction) -> int:
    why = f"站点已导入（版本 {number}，{imported_by}） the site was imported (version {number}, {imported_by})"
    at = engine.clock()
    return sum(no_longer(tx, UNKNOWN_SITE, row.subject, row.identity, at, why, actor=imported_by) for row in rows)
