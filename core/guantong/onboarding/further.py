"""What else is wrong with answers that cannot be read as they stand: all mistakes are told at once, not one layer after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.config.codes import MISSING_KEY, UNKNOWN_KEY
from guantong.config.validate import validate
from guantong.onboarding.answers import Answered, Answers
from guantong.onboarding.compose import compose
from guantong.problems import Place, Problem, in_order
from guantong.yamlfile import Node, Table, node_of, parse_bytes

_STAND_INS: dict[str, object] = {"county": "unnamed", "name": {"zh": "未命名"}, "region": "000000"}
"""For what must be there and cannot be read; nothing is told of what follows from them."""


def further(home: Path, file: Path, wrong: Sequence[Problem]) -> list[Problem]:
    """The problems of the answers in *file* beside those that were found *wrong*: of the other answers, judged without them."""
    try:
        node, problems = parse_bytes(file.read_bytes(), file.as_posix())
    except OSError:
        return []  # that is what was found wrong
    if problems or not isinstance(node, Table):
        return []
    bad = {problem.path.partition(".")[0].partition("[")[0] for problem in wrong}
    entries: dict[str, Node] = {key: value for key, value in node if key not in bad}
    stood_in = {key: node_of(value) for key, value in _STAND_INS.items() if key not in entries}
    table = Table({**entries, **stood_in}, {**{key: node.keys[key] for key in entries}, **dict.fromkeys(stood_in, node.place)}, node.place)
    said, _ = validate(table, Answers, Place(file.as_posix(), 1, 1))
    if said is None:
        return []
    made = compose(home, Answered(said, table, file.absolute().parent), force=True)
    known = {problem.identity for problem in wrong}
    misspelt = any(problem.code.id == UNKNOWN_KEY.id for problem in wrong)  # what seems to be missing may be what is misspelt
    return in_order(problem for problem in made.problems
                    if problem.place.file == file.as_posix() and problem.path.partition(".")[0] not in {*stood_in, *bad} and problem.identity not in known
                    and not (misspelt and problem.code.id == MISSING_KEY.id))
