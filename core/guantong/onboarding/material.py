"""The county's dialect: drafted from what the vendor handed over, or laid over a shipped one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from guantong.adapter import AdapterSpec
from guantong.config.validate import advice
from guantong.mapping import Dialect, load_dialects
from guantong.mapping.draft import Evidence, Handed, RecordSketch, draft_dialect, read_handed
from guantong.mapping.draft.propose import Drafted
from guantong.mapping.draft.schema import FieldSketch, Found
from guantong.mapping.draft.write import dialect_files
from guantong.model import Model, load_model
from guantong.onboarding.answers import Answered, FieldAnswer
from guantong.onboarding.codes import NO_MATERIAL, UNKNOWN_ANSWER
from guantong.onboarding.interface import Handing, Interface, Meant
from guantong.onboarding.place import dialect_of
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.starter import starter


@dataclass
class Material:
    """What became of the material: the dialect's files by their paths below its folder, and the draft they are of; the interface it
    describes, where the adapter reads such; what is wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    draft: Drafted | None = None
    interface: Interface | None = None
    problems: list[Problem] = field(default_factory=list)

    def called(self) -> list[str]:
        """The records that are sent: one for each event."""
        return [one.record.name for one in self.draft.records if one.event and not one.second] if self.draft else []


def drafted(home: Path, answered: Answered, spec: AdapterSpec | None) -> Material:
    """The dialect drafted from the answers' `from:`, for the adapter *spec*."""
    handed, problems = _handed(answered)
    made = Material(problems=problems)
    if spec is not None and not problems:
        try:
            made.interface = spec.understands(_handing(answered, handed))
        except ProblemsError as error:
            made.problems += [replace(one, place=answered.place("from")) if not one.place.file else one for one in error.problems]
            return made
    found = Found()
    if made.interface is not None:
        found.join(made.interface.found)
    described = {PurePosixPath(name).name for name in made.interface.documents} if made.interface is not None else set()
    for one in handed:
        if one.name not in described:
            found.join(read_handed(one, {}, (), handed))
    if made.interface is not None:  # samples tell much, but not how an interface that is described travels
        found.codec, found.options, found.charset = made.interface.found.codec, {}, made.interface.found.charset
    made.problems += found.problems
    if any(problem.code.severity == "error" for problem in made.problems):
        return made
    model, known = _known(home)
    made.problems += _unknown_answers(answered, model)
    found.records = [_answered_codes(record, answered.said.fields) for record in found.records]
    evidence = Evidence.of(model, known)
    evidence.told = {path: one.to if isinstance(one, FieldAnswer) else one for path, one in answered.said.fields.items()}
    evidence.told_events, evidence.iso = answered.said.events, found.dates[:1] == ("iso",)
    made.draft = draft_dialect(dialect_of(answered.said), found, evidence)
    made.files = dialect_files(made.draft, f"{answered.said.name.zh}审批系统")
    made.problems += made.draft.problems
    return made


def _unknown_answers(answered: Answered, model: Model) -> list[Problem]:
    """Answers that speak of events and fields which the model has not."""
    events = set(model.events)
    paths = {path for event in model.events.values() for path in event.fields}
    problems = [
        Problem(UNKNOWN_ANSWER, answered.place("events", kind), f"events.{kind}",
                {"kind": "event", "kind_zh": "过程信息", "name": event, **advice(event, sorted(events))})
        for kind, event in answered.said.events.items() if event not in events
    ]
    for path, one in answered.said.fields.items():
        to = one.to if isinstance(one, FieldAnswer) else one
        if to not in paths:
            details = {"kind": "field", "kind_zh": "字段", "name": to, **advice(to, sorted(paths))}
            problems.append(Problem(UNKNOWN_ANSWER, answered.place("fields", path), f"fields.{path}", details))
    return problems


def _answered_codes(record: RecordSketch, fields: Mapping[str, FieldAnswer | str]) -> RecordSketch:
    """The record with the codes that were answered, each with what it means."""

    def filled(one: FieldSketch) -> FieldSketch:
        answer = fields.get(one.name)
        if not isinstance(answer, FieldAnswer) or not answer.codes:
            return one
        return replace(one, values=tuple((text, word) for word, texts in answer.codes.items() for text in texts))

    return replace(record, fields=tuple(filled(one) for one in record.fields))


def _handing(answered: Answered, handed: Sequence[Handed]) -> Handing:
    folders = {Path(name).name: (answered.folder / name).parent for name in answered.said.material or ()}

    def beside(first: str, name: str) -> bytes | None:
        folder = folders.get(first, answered.folder).resolve()
        file = (folder / name).resolve()
        return file.read_bytes() if file.is_relative_to(folder) and file.is_file() else None

    said = answered.said.reply
    meant = Meant()
    if said is not None:
        ways = (said.success,) if isinstance(said.success, dict) else said.success
        meant = Meant(tuple(one for one in ways if one), said.duplicate, said.refused)
    return Handing({one.name: one.body for one in handed}, beside, answered.said.settings, meant)


def _handed(answered: Answered) -> tuple[list[Handed], list[Problem]]:
    handed: list[Handed] = []
    problems: list[Problem] = []
    for name in answered.said.material or ():
        try:
            handed.append(Handed(Path(name).name, (answered.folder / name).read_bytes()))
        except OSError as error:
            what, what_zh = in_words(error)
            details = {"file": name, "what": what, "what_zh": what_zh}
            problems.append(Problem(NO_MATERIAL, answered.place("from"), "from", details))
    return handed, problems


def _known(home: Path) -> tuple[Model, dict[str, Dialect]]:
    """The model and the dialects whose names are evidence: the home's own, else those that ship."""
    folder = home / "mappings" if (home / "mappings" / "canonical").is_dir() else starter("mappings")
    specs = registry()
    model, _ = load_model(folder / "canonical", "mappings/canonical")
    dialects, _ = load_dialects(folder, model, specs.codecs, specs.functions, "mappings")
    return model, dialects
