"""The county's dialect: drafted from what the vendor handed over, or laid over a shipped one."""

from __future__ import annotations

from pathlib import Path

from guantong.mapping import Dialect, load_dialects
from guantong.mapping.draft import Evidence, Handed, draft_dialect, read_handed
from guantong.mapping.draft.schema import Found
from guantong.mapping.draft.write import dialect_files
from guantong.model import Model, load_model
from guantong.onboarding.answers import Answered
from guantong.onboarding.codes import NO_MATERIAL
from guantong.onboarding.place import dialect_of
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.starter import starter


def drafted(home: Path, answered: Answered) -> tuple[dict[str, bytes], list[Problem]]:
    """The dialect's files by their paths below its folder, drafted from the answers' `from:`; and what is wrong."""
    handed, problems = _handed(answered)
    found = Found(problems=problems)
    for one in handed:
        found.join(read_handed(one, {}, (), handed))
    if any(problem.code.severity == "error" for problem in found.problems):
        return {}, found.problems
    model, known = _known(home)
    draft = draft_dialect(dialect_of(answered.said), found, Evidence.of(model, known))
    files = dialect_files(draft, f"{answered.said.name.zh}审批系统")
    return files, [*found.problems, *draft.problems]


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
