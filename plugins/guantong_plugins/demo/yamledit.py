"""Changes single values of a YAML text and leaves everything else, comments too, as it stands."""

from __future__ import annotations

from collections.abc import Mapping

import yaml


def set_values(text: str, values: Mapping[str, str]) -> str:
    """Replace the scalars at the dotted paths in *values*. A path must exist: raises `KeyError` with it."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    places = sorted(
        ((*_place(root, path), value) for path, value in values.items()), reverse=True
    )
    for start, end, value in places:
        text = text[:start] + _written(value) + text[end:]
    return text


def get_value(text: str, path: str) -> str:
    """The scalar at the dotted *path*, as written without quotes. Raises `KeyError` with the path."""
    value: str = _scalar(yaml.compose(text, Loader=yaml.SafeLoader), path).value
    return value


def _place(root: yaml.Node | None, path: str) -> tuple[int, int]:
    node = _scalar(root, path)
    return node.start_mark.index, node.end_mark.index


def _scalar(node: yaml.Node | None, path: str) -> yaml.ScalarNode:
    for step in path.split("."):
        node = _child(node, step)
    if not isinstance(node, yaml.ScalarNode):
        raise KeyError(path)
    return node


def _child(node: yaml.Node | None, step: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value == step:
            found: yaml.Node = value
            return found
    return None


def _written(value: str) -> str:
    """*value* as a YAML scalar: double-quoted, so that it stays a text whatever it holds."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
