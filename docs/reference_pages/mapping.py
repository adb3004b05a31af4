"""mapping.md: every key of dialects, mappings, code tables and the model's files, from their declarations."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.mapping import declaration as mapping
from guantong.model import load as model
from guantong.model.declaration import Key
from reference_pages.text import code, page, table

SECTIONS: Sequence[tuple[str, str, Sequence[Key]]] = (
    ("dialect.yaml", "`mappings/DIALECT/dialect.yaml`: how the family of systems names things.", mapping.DIALECT),
    ("codec", "`codec:` of dialect.yaml, when it is a table.", mapping.CODEC),
    ("options", "`options:` of dialect.yaml.", mapping.OPTIONS),
    ("mapping file", "`mappings/DIALECT/EVENT.yaml` or `EVENT.VARIANT.yaml`.", mapping.MAPPING),
    ("record", "`record:`, when it is a table.", mapping.RECORD),
    ("rule", "A rule under `fields:`, `in:` or `out:`, when it is more than a name.", mapping.RULE),
    ("join", "`join:`, in place of `event:`.", mapping.JOIN),
    ("need", "`need:` of a rule that reads `$case`.", mapping.NEED),
    ("constants", "An entry under `constants:`.", mapping.CONSTANT),
    ("code table", "`mappings/DIALECT/codes/TABLE.yaml`.", mapping.TABLE),
    ("code row", "A row of a code table that says more than its native value.", mapping.ROW),
    ("event", "`mappings/canonical/events/EVENT.yaml`.", model.EVENT),
    ("field", "A field of an event.", model.FIELD),
    ("code list", "`mappings/canonical/codes/LIST.yaml`.", model.CODES),
    ("serial", "An entry of `mappings/canonical/serials.yaml`.", model.SERIAL),
)


def _rows(keys: Sequence[Key]) -> list[tuple[str, str, str, str]]:
    return [
        (
            code(key.name), ", ".join(code(choice) for choice in key.choices) or key.shape,
            "*required*" if key.required else "", f"{key.zh} · {key.en}",
        )
        for key in keys
    ]


def mapping_page() -> str:
    """The files of `mappings/` and their keys."""
    return page(
        "Keys of mapping files 映射文件的键",
        "`guantong check` reads these files and reports every mistake at its line. A key that is not listed is an "
        "error. Inherited dialects, the order of rules and the manner of writing are told in "
        "[mappings/README.md](../../mappings/README.md).",
        *(
            f"## {name}\n\n{about}\n\n{table(('key', 'accepts', '', '含义 · meaning'), _rows(keys))}"
            for name, about, keys in SECTIONS
        ),
    )
