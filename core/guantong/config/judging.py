"""The rules by which replies are judged, with where each stands: to hold them to what replies can have."""

from __future__ import annotations

from guantong.config.nodes import dotted, find
from guantong.config.reply import ReplyRules
from guantong.config.validate import Prefix
from guantong.fitting.spoken import Condition, Judging
from guantong.problems import Place
from guantong.yamlfile import Table


def judging_of(reply: ReplyRules, merged: Table, at: Place, prefix: Prefix) -> tuple[Judging, ...]:
    """The rules for replies with where each stands, in the system's own file or its profile."""
    made = []
    for number, rule in enumerate(reply.rules):
        here: tuple[str | int, ...] = ("reply", "rules", number)
        fields = []
        for path, texts in rule.when.field.items():
            loc = (*here, "when", "field", path)
            found = find(merged, loc, at)
            fields.append(Condition(path, tuple(texts), found.key_place, dotted((*prefix(found.key_place), *loc))))
        made.append(Judging(rule.means.value, tuple(fields), find(merged, here, at).node.place))
    return tuple(made)
