"""How the proof is set up: what keeps it from proving anything to others, told before somebody needs it."""

from __future__ import annotations

from guantong.clock import shown
from guantong.config.configuration import Configuration
from guantong.oserrors import in_words
from guantong.plugins import Registry
from guantong.problems import Place, Problem
from guantong.proof.anchoring import read
from guantong.proof.codes import KEY_OF_ONE, NO_ANCHORS, NOT_ANCHORED, OTHER_HASH, SEALED_LATE
from guantong.proofstore import ReadsProof
from guantong.store import Reader

HUB_FILE = Place("config/guantong.yaml")


def look_at_setup(config: Configuration, registry: Registry) -> list[Problem]:
    """What is to be said of the configuration alone."""
    problems = []
    if not config.audit.anchors:
        problems.append(Problem(NO_ANCHORS, HUB_FILE, "audit.anchors"))
    if config.audit.key is None and registry.stores[config.store.use].shares(config.store.settings) \
            and config.keys.folder.resolve().is_relative_to(config.home.resolve()):
        problems.append(Problem(KEY_OF_ONE, HUB_FILE, "audit.key", {"folder": config.keys.folder.name}))
    return problems


SEALED_WITHIN = 24 * 3_600_000  # ms: what was not sealed in a busy day is sealed in its night


def look_at_sealing(reader: Reader, now: int) -> list[Problem]:
    """Whether sealing keeps up: lines that have waited longer than a day are told, with how many wait."""
    tree = reader.tree()
    reached = tree.reached if tree is not None else 0
    oldest = reader.lines(reached, 1)
    if not oldest or now - oldest[0].at <= SEALED_WITHIN:
        return []
    return [Problem(SEALED_LATE, details={"count": reader.newest_line() - reached, "since": shown(oldest[0].at)})]


def look_at_log(config: Configuration, reader: ReadsProof) -> list[Problem]:
    """What the log that is kept says against the configuration, and whether its newest checkpoint is outside."""
    problems = []
    tree = reader.tree()
    if tree is not None and tree.hash != config.audit.hash:
        problems.append(other_hash(tree.hash, config))
    newest = reader.newest_checkpoint()
    for name in config.audit.anchors if newest is not None else ():
        try:
            sizes = [one.checkpoint.size for one in read(config.home / name) if one.checkpoint is not None]
        except OSError as error:
            what, what_zh = in_words(error)
        else:
            what, what_zh = (f"it ends at {sizes[-1]}", f"该文件止于 {sizes[-1]} 条") if sizes else ("it holds no checkpoint", "其中没有检查点")
            if newest is not None and newest.size in sizes:
                continue
        problems.append(Problem(NOT_ANCHORED, Place(name), details={"size": newest.size if newest is not None else 0, "what": what, "what_zh": what_zh}))
    return problems


def other_hash(began: str, config: Configuration) -> Problem:
    """The log began with another hash function than the configuration names: it would go on with that, whatever is written there."""
    return Problem(OTHER_HASH, HUB_FILE, "audit.hash", {"began": began, "set": config.audit.hash})
