"""All problems of all files are found in one go, in order, in both languages."""

from __future__ import annotations

import shutil
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from guantong.config import Loaded, codes, load
from guantong.plugins import registry
from guantong.problems import Code, Problem
from guantong.starter import starter

Load = Callable[[], Loaded]
Edit = Callable[..., None]


def _lines(problems: Sequence[Problem]) -> list[str]:
    return [problem.line() for problem in problems]


def test_mistakes_of_every_file_come_together_in_order(loaded: Load, edit: Edit) -> None:
    """One or two mistakes in each kind of file, mappings included: all are told, by file and line."""
    edit("config/guantong.yaml", "format: json", "format: xml")
    edit("config/city.yaml", 'region: "440000"', "regoin: 44")
    edit("config/profiles/wired.yaml", "timeout: 20s", "timeout: 20")
    edit("config/counties/puning.yaml", "rate: 50/s", "rates: 50/s")
    edit("config/counties/puning.yaml", "facts:\n", "facts: []\n    factz:\n")
    edit("config/routes.yaml", "by: region", "by: item")
    edit("mappings/plain/dialect.yaml", "versioning: number", "versioning: numbers")
    result = loaded()
    assert result.configuration is None
    assert _lines([problem for problem in result.problems if problem.place.file.startswith("config/")]) == [
        "config/city.yaml:2:1 regoin: the key 'regoin' is not known here; did you mean 'region'? [GT102]",
        (
            "config/counties/puning.yaml:14:5 systems.approval.facts: expected a table of keys, came a list "
            "[GT104]"
        ),
        (
            "config/counties/puning.yaml:15:5 systems.approval.factz: the key 'factz' is not known here; did "
            "you mean 'facts'? [GT102]"
        ),
        (
            "config/counties/puning.yaml:18:7 systems.approval.delivery.rates: the key 'rates' is not known "
            "here; did you mean 'rate'? [GT102]"
        ),
        (
            'config/guantong.yaml:10:15 log.format: expected one of console, json, came "xml"; write one of '
            "them [GT103]"
        ),
        (
            "config/profiles/wired.yaml:5:12 settings.timeout: expected a duration with its unit, such as 30s, "
            '10m or 1h30m, came "20" [GT104]'
        ),
        (
            'config/routes.yaml:5:28 routes[0].to.by: expected one of region, case, fixed, came "item"; write one of '
            "them [GT103]"
        ),
    ]
    assert [str(problem.place) for problem in result.problems][-1:] == ["mappings/plain/dialect.yaml:5:13"]


def test_a_profile_and_a_system_share_the_blame_at_their_own_places(loaded: Load, edit: Edit) -> None:
    """In one merged group each wrong key is reported in the file that holds it."""
    edit("config/profiles/wired.yaml", "concurrency: 4", "concurrency: none")
    edit("config/profiles/wired.yaml", "verify_host: yes", "verify_host: perhaps")
    edit("config/counties/puning.yaml", "attempts: 3", "attempts: -3")
    edit("config/counties/puning.yaml", "certificate:", "verify_host: {}\n        certificate:")
    assert _lines(loaded().problems) == [
        (
            "config/counties/puning.yaml:11:9 systems.approval.settings.tls.verify_host: expected yes or no, "
            "came a table of keys [GT104]"
        ),
        (
            "config/counties/puning.yaml:19:25 systems.approval.delivery.retry.attempts: expected a value of "
            'at least 1, came "-3" [GT104]'
        ),
        (
            'config/profiles/wired.yaml:7:18 settings.tls.verify_host: expected yes or no, came "perhaps" '
            "[GT104]"
        ),
        'config/profiles/wired.yaml:9:16 delivery.concurrency: expected a whole number, came "none" [GT104]',
    ]


def test_a_mistake_is_told_in_chinese(loaded: Load, edit: Edit) -> None:
    """The same place, the message and the advice in Chinese."""
    edit("config/counties/puning.yaml", "dialect: plain", "dialect: plian")
    edit("config/counties/puning.yaml", "attempts: 3", "attempts: 三次")
    assert [problem.line("zh") for problem in loaded().problems] == [
        "config/counties/puning.yaml:7:14 systems.approval.dialect: 不存在数据规范 'plian'; 是否应为 'plain'？ [GT109]",
        "config/counties/puning.yaml:18:25 systems.approval.delivery.retry.attempts: 应为整数，实际为 “三次” [GT104]",
    ]


def test_files_that_are_not_read_are_pointed_out(loaded: Load, edit: Edit) -> None:
    """A wrong ending, a wrong folder, a place without systems: nothing is passed over in silence."""
    edit("config/counties/huilai.yml", "name: {zh: 惠来}\n")
    edit("config/county/huilai.yaml", "name: {zh: 惠来}\n")
    edit("config/sites.yaml", "sistems: {}\n")
    assert _lines(loaded().problems) == [
        (
            "config/counties/huilai.yml: the file is not read: its name ends in .yml; rename it to .yaml "
            "[GT154]"
        ),
        (
            "config/county/huilai.yaml: the file is not read: no configuration is looked for in its folder; "
            "places lie in config/ or config/counties/, profiles in config/profiles/ [GT154]"
        ),
        (
            "config/sites.yaml: the file is not read: it has no `systems:`; write `systems:`, or take it out "
            "[GT154]"
        ),
    ]


def test_a_home_without_routes_or_hub_file(loaded: Load, home: Path) -> None:
    """Routes must be there; the hub has defaults, but the store's own settings may be needed."""
    (home / "config/routes.yaml").unlink()
    (home / "config/guantong.yaml").unlink()
    assert _lines(loaded().problems) == [
        (
            "config/guantong.yaml keys.folder: the hub makes its own keys in var/keys; keep a copy of that "
            "folder apart from the data, or name a folder of your own in `keys: {folder: …}` [GT155]"
        ),
        "config/guantong.yaml:1:1 store.use: there is no store 'sqlite'; known here: memory [GT109]",
        (
            "config/routes.yaml: the file is missing; write it; the starter configuration has an example "
            "[GT110]"
        ),
    ]


def test_one_name_for_two_systems(loaded: Load, edit: Edit) -> None:
    """Ids come from file names, so two files of one name in different folders collide."""
    edit("config/puning.yaml", """\
name: {zh: 普宁}
region: "445281"
systems:
  approval: {role: other, profile: wired, dialect: plain, settings: {url: "http://x.invalid"}}
""")
    assert _lines(loaded().problems) == [
        (
            "config/counties/puning.yaml:4:3 systems.approval: the system 'puning.approval' is declared twice "
            "(first at config/puning.yaml:4:3); rename one of them [GT111]"
        ),
    ]


def test_two_systems_of_one_role_and_region(loaded: Load, edit: Edit, home: Path) -> None:
    """By region nobody could tell them apart; as a fixed target there must be one."""
    county = (home / "config/counties/puning.yaml").read_text(encoding="utf-8")
    edit("config/counties/other.yaml", county.replace('"445281"', '"445281000000"'))
    edit("config/routes.yaml", "to: {role: hall}", "to: {role: hall, by: fixed}")
    edit("config/city.yaml", "role: hall-portal", "role: hall")
    edit("config/routes.yaml", "from: {role: hall-portal}", "from: {system: city.hall-portal}")
    assert _lines(loaded().problems) == [
        (
            "config/city.yaml:4:3 systems.hall-portal: the route 'to-hall' sends here, but nothing says what "
            "the replies mean; add `reply:` with its rules to the profile or the system [GT116]"
        ),
        (
            "config/routes.yaml:5:16 routes[0].to.role: the route chooses by region, but 'other.approval' and "
            "'puning.approval' share the role 'county' and the region 445281; give them different roles, or "
            "write one route to each system [GT123]"
        ),
        (
            "config/routes.yaml:7:32 routes[1].events[1]: 'city.hall-portal' cannot be sent case.step: its "
            "dialect 'portal' has no outward mapping for it; add mappings/portal/case.step.yaml, or take the "
            "event from the route [GT122]"
        ),
        (
            "config/routes.yaml:9:26 routes[1].to.by: `by: fixed` needs one system of the role 'hall', and "
            "there are 2; write `by: region`, or name the system [GT124]"
        ),
    ]


def test_what_nobody_uses_is_a_warning(loaded: Load, edit: Edit) -> None:
    """An unused profile, and what is wrong in its settings as far as that can be known."""
    edit("config/profiles/spare.yaml", "profile: spare\nadapter: wire\nsettings: {prot: 1, port: x}\n")
    assert _lines(loaded().problems) == [
        (
            "config/profiles/spare.yaml:1:1 profile: no system uses the profile 'spare'; take it out, or use "
            "it [GT153]"
        ),
        (
            "config/profiles/spare.yaml:3:12 settings.prot: the key 'prot' is not known here; did you mean "
            "'port'? [GT102]"
        ),
        'config/profiles/spare.yaml:3:27 settings.port: expected a whole number, came "x" [GT104]',
    ]


def test_a_shipped_profile_kept_at_hand_is_an_example(home: Path, edit: Edit) -> None:
    """Unused and as it is shipped it earns no warning, whichever way its lines end; changed, it is the site's own."""
    shipped = (starter("config") / "profiles/county-files.yaml").read_bytes()
    kept = home / "config/profiles/county-files.yaml"

    def unused() -> list[str]:
        loaded = load(home, registry(), {})
        return [one.place.file for one in loaded.problems if one.code.id == "GT153"]

    kept.write_bytes(shipped)
    assert unused() == []
    kept.write_bytes(shipped.replace(b"\n", b"\r\n"))
    assert unused() == []
    edit("config/profiles/county-files.yaml", "every: 5s", "every: 9s")
    assert unused() == ["config/profiles/county-files.yaml"]
    shutil.copy(starter("config") / "profiles/county-files.yaml", home / "config/profiles/county-filse.yaml")
    edit("config/profiles/county-filse.yaml", "profile: county-files", "profile: county-filse")
    assert unused() == ["config/profiles/county-files.yaml", "config/profiles/county-filse.yaml"]


def test_a_broken_profile_is_not_blamed_on_its_systems(loaded: Load, edit: Edit) -> None:
    """A profile that cannot be parsed is one problem, not one more for every system."""
    edit("config/profiles/wired.yaml", "profile: [")
    assert _lines(loaded().problems) == [
        (
            "config/profiles/wired.yaml:2:1: this is not YAML: what the bracket holds is not whole; mend the "
            "file at this place [GT001]"
        ),
    ]


def test_a_broken_dialect_is_not_blamed_on_its_systems(loaded: Load, edit: Edit) -> None:
    """A dialect that cannot be parsed is a problem of its file alone."""
    edit("mappings/plain/dialect.yaml", "dialect: [")
    assert {problem.place.file for problem in loaded().problems} == {"mappings/plain/dialect.yaml"}


def _named(template: str) -> set[str]:
    return {name.removesuffix("_zh") for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", [value for value in vars(codes).values() if isinstance(value, Code)])
def test_both_languages_tell_the_same_details(code: Code) -> None:
    """A text in one language names no detail that the other leaves out."""
    assert _named(code.en) == _named(code.zh)
    assert _named(code.hint_en) == _named(code.hint_zh)
    assert bool(code.hint_en) == bool(code.hint_zh)
