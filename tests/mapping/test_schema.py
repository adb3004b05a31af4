"""JSON Schema: what editors are told is what the loader holds files to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping.schema import DOCUMENTS, Known, schema_of
from guantong.model import Model, load_model
from guantong.plugins import registry
from guantong.starter import starter

MAPPINGS = starter("mappings")


class _AsEditorsRead(yaml.SafeLoader):
    """YAML 1.2 as editors read it: no dates, `no` is a word, keys are texts."""


_AsEditorsRead.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers
             if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def as_editors_read(text: str) -> Any:
    return _with_text_keys(yaml.load(text, _AsEditorsRead))  # noqa: S506  a SafeLoader with fewer types


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(one) for key, one in value.items()}
    return [_with_text_keys(one) for one in value] if isinstance(value, list) else value


def document_of(file: Path) -> str:
    inside = file.relative_to(MAPPINGS).parts
    if inside[0] == "canonical":
        return "codes" if inside[1] == "codes" else "shared" if file.name.startswith("_") else "event"
    return "table" if inside[1] == "codes" else "dialect" if file.name == "dialect.yaml" else "mapping"


def known() -> Known:
    specs = registry()
    return Known(load_model(MAPPINGS / "canonical")[0], specs.codecs, specs.functions)


@pytest.fixture(scope="module")
def validators() -> Mapping[str, Draft202012Validator]:
    """A validator of each document, with everything the starter knows by name."""
    return {name: Draft202012Validator(schema_of(name, known())) for name in DOCUMENTS}


def mistakes(validator: Draft202012Validator, text: str) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:120]}"
            for error in validator.iter_errors(as_editors_read(text))]


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("names", [Known(Model({}, {}, {})), known()], ids=["open", "known"])
def test_every_schema_is_one_of_the_draft_it_names(name: str, names: Known) -> None:
    """Whatever is known of a home."""
    Draft202012Validator.check_schema(schema_of(name, names))


@pytest.mark.parametrize("via", ["trim", "[trim, trim@1]", "[pad_left 6]", "[pad_left@1 6 0, 'replace \",\" \"\"']", "from_base64"])
def test_a_function_may_stand_with_its_arguments(validators: Mapping[str, Draft202012Validator], via: str) -> None:
    """And bare where it needs none."""
    assert mistakes(validators["mapping"], MAPPING + f"fields: {{step.opinion: {{at: C, via: {via}}}}}\n") == []


def test_every_shipped_file_is_valid(validators: Mapping[str, Draft202012Validator]) -> None:
    """An editor finds nothing to complain of in what the loader takes."""
    files = [file for file in MAPPINGS.rglob("*.yaml") if "tests" not in file.parts and file.name != "serials.yaml"]
    assert len(files) > 100
    found = {file.relative_to(MAPPINGS).as_posix(): wrong for file in files
             if (wrong := mistakes(validators[document_of(file)], file.read_text(encoding="utf-8")))}
    assert found == {}


MAPPING = "event: case.step\nrecord: STEP\n"
WRONG = {
    "mapping": {
        "a misspelt key": MAPPING + "feilds: {}\n",
        "a misspelt key of a rule": MAPPING + "fields: {step.code: {at: C, otherwize: park}}\n",
        "a misspelt key of an item's rule": "event: case.application\nfields: {materials: {each: M, fields: {name: {att: N}}}}\n",
        "a wrong choice": MAPPING + "fields: {step.code: {at: C, over: chop}}\n",
        "a type that is none": MAPPING + "fields: {step.code: {at: C, type: word}}\n",
        "a number that is a word": MAPPING + "fields: {step.opinion: {at: C, max_bytes: many}}\n",
        "a negative number": MAPPING + "fields: {step.opinion: {at: C, max_bytes: -1}}\n",
        "a flag that is neither": MAPPING + "fields: {step.opinion: {at: C, required: perhaps}}\n",
        "a list where a table belongs": MAPPING + "fields: [step.code]\n",
        "a constant without its reason": MAPPING + "constants: {A: {value: '1'}}\n",
        "a wait without its time": MAPPING + "out: {A: {from: $case.region, need: {then: park}}}\n",
        "no such event": "event: case.stop\nrecord: STEP\n",
        "no such canonical path": MAPPING + "fields: {step.kode: C}\n",
        "no such path in a reply": MAPPING + "reply: {serial.country: C}\n",
        "no such function": MAPPING + "fields: {step.opinion: {at: C, via: [trimm]}}\n",
        "a function without its arguments": MAPPING + "fields: {step.opinion: {at: C, via: [trim, pad_left]}}\n",
    },
    "dialect": {
        "no title": "dialect: county\n",
        "half a title": "dialect: county\ntitle: {zh: 县}\n",
        "no such codec": "dialect: county\ntitle: {zh: 县, en: County}\ncodec: {in: jason, out: json}\n",
        "no such side": "dialect: county\ntitle: {zh: 县, en: County}\ncodec: {inn: json}\n",
        "a wrong way of versions": "dialect: county\ntitle: {zh: 县, en: County}\nversioning: guess\n",
        "no such event": "dialect: county\ntitle: {zh: 县, en: County}\nevents: [case.stop]\n",
    },
    "table": {
        "no table": "codes: channel\n",
        "a table of tables": "codes: channel\ntable: {counter: {is: '0'}}\n",
        "a misspelt key": "codes: channel\ntabel: {}\ntable: {}\n",
    },
    "event": {
        "no subject": "event: e\ntitle: {zh: 甲, en: A}\n",
        "a field without label": "event: e\ntitle: {zh: 甲, en: A}\nsubject: case\nfields: {a: {type: text}}\n",
        "a field of no type": "event: e\ntitle: {zh: 甲, en: A}\nsubject: case\nfields: {a: {type: word, label: {zh: 甲, en: A}}}\n",
        "no such code list": "event: e\ntitle: {zh: 甲, en: A}\nsubject: case\n"
                             "fields: {a: {type: code, codes: nothing, label: {zh: 甲, en: A}}}\n",
    },
    "shared": {"no fields": "include: _case\n"},
    "codes": {"no words": "codes: a\ntitle: {zh: 甲, en: A}\n"},
}


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, cases in WRONG.items() for what in cases])
def test_wrong_files_are_refused(validators: Mapping[str, Draft202012Validator], name: str, what: str) -> None:
    """Each mistake is seen while it is being typed."""
    assert mistakes(validators[name], WRONG[name][what])


def test_every_key_tells_what_it_means_in_both_languages(validators: Mapping[str, Draft202012Validator]) -> None:
    """Hovering over a key, and over a canonical path, explains it."""
    schema: Any = validators["mapping"].schema
    assert schema["properties"]["ignored"]["title"] == "不读取的字段"
    assert schema["properties"]["ignored"]["description"] == "不读取的字段 · native fields left unread on purpose"
    path = schema["$defs"]["fields of case.application"]["properties"]["applicant.id_no"]
    assert path["title"]
    assert path["description"].startswith(path["title"])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app("mapping"), ["mapping", "schema", *arguments])


def test_the_verb_prints_one_schema_or_writes_all(tmp_path: Path) -> None:
    """What is written is what is printed; the home's names are in it."""
    home = ("--home", str(MAPPINGS.parent))
    printed = run("mapping", *home)
    assert printed.exit_code == 0
    written = run("--write", str(tmp_path / "schemas"), "--json", *home)
    assert written.exit_code == 0
    assert [Path(file).name for file in orjson.loads(written.stdout)["files"]] == [f"{name}.schema.json" for name in DOCUMENTS]
    assert orjson.loads((tmp_path / "schemas/mapping.schema.json").read_bytes()) == orjson.loads(printed.stdout)
    assert "case.step" in printed.stdout


def test_a_home_without_mappings_leaves_the_names_open(tmp_path: Path) -> None:
    """The keys are checked all the same."""
    schema = orjson.loads(run("mapping", "--home", str(tmp_path)).stdout)
    validator = Draft202012Validator(schema)
    assert mistakes(validator, "event: any.thing\nfields: {any.path: X}\n") == []
    assert mistakes(validator, WRONG["mapping"]["a misspelt key"])


def test_a_wrong_name_or_folder_ends_with_what_to_do(tmp_path: Path) -> None:
    """Exit status 2, in both languages, and nothing is written."""
    wrong = run("maping")
    assert (wrong.exit_code, "GT266" in wrong.stderr, "(mapping?)" in wrong.stderr) == (2, True, True)
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "GT267" in run("--write", str(tmp_path / "file" / "deep")).stderr
