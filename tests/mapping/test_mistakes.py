"""Mistakes in mapping files: each is named at its line and column, with what to write instead, all at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.mapping.conftest import World

from guantong.problems import Problem

FILE = "mappings/county/case.step.yaml"
HEAD = "event: case.step\nrecord: STEP\n"
MISTAKES = [
    ("fields:\n  opinon: YJ\n", f"{FILE}:4:3 fields.opinon: there is no field named 'opinon'; did you mean 'opinion'? [GT205]"),
    ("fields:\n  opinion: {att: YJ}\n", f"{FILE}:4:13 fields.opinion.att: the key 'att' is not known here; did you mean 'at'? [GT200]"),
    ("fields:\n  opinion: {via: [trim]}\n", f"{FILE}:4:3 fields.opinion: the rule says neither where the value stands nor where it comes from; add `at:` [GT217]"),
    ("fields:\n  opinion: {at: YJ, via: [trimm]}\n", f"{FILE}:4:27 fields.opinion.via: there is no function named 'trimm'; did you mean 'trim'? [GT205]"),
    ("fields:\n  opinion: {at: YJ, via: [trim@9]}\n", f"{FILE}:4:27 fields.opinion.via: there is no function named 'trim@9'; did you mean 'trim@1'? [GT205]"),
    ("fields:\n  opinion: {at: YJ, via: [trim, pad_left six]}\n", f"{FILE}:4:33 fields.opinion.via: pad_left: expected a whole number from 1 to 4000 for width, got 'six'; write it as `pad_left WIDTH [FILL]` [GT235]"),
    ("fields:\n  opinion: {at: YJ, via: ['replace \"a b']}\n", f"{FILE}:4:27 fields.opinion.via: replace: the quotes do not pair; write it as `NAME ARGUMENT …` [GT235]"),
    ("fields:\n  step.at: {at: SJ, format: yyyy-mm-dd}\n", f"{FILE}:4:29 fields.step.at.format: 'yyyy-mm-dd' is not a date format: it needs yyyy, MM (or M) and dd (or d); write it as in yyyy-MM-dd HH:mm:ss [GT212]"),
    ("fields:\n  step.at: {at: SJ, format: 'yyyy-MM-dd HH:mm:ss{x}'}\n", f"{FILE}:4:29 fields.step.at.format: 'yyyy-MM-dd HH:mm:ss{{x}}' is not a date format: a character in it has no place in a date; write it as in yyyy-MM-dd HH:mm:ss [GT212]"),
    ("fields:\n  step.at: {at: SJ, format: yyyy-MM-dd}\n", f"{FILE}:4:29 fields.step.at: yyyy-MM-dd has no seconds, so a value does not survive being written and read again; declare `lossy: why`, or change the rule [GT216]"),
    ("fields:\n  opinion: {at: YJ, format: yyyy-MM-dd}\n", f"{FILE}:4:29 fields.opinion.format: 'format' does not go with type text; remove it or change the type [GT208]"),
    ("fields:\n  step.code: {at: C, codes: {handing: '1'}}\n", f"{FILE}:4:30 fields.step.code.codes.handing: there is no canonical word named 'handing'; did you mean 'handling'? [GT205]"),
    ("fields:\n  step.code: {at: C, codes: {handling: '1', review: ['2', '1']}}\n", f"{FILE}:4:59 fields.step.code.codes.review: '1' stands for both 'handling' and 'review'; read it as one of them; say `read: false` in the row of the word that is only written so [GT213]"),
    ("fields:\n  step.code: {at: C, codes: stepcode}\n", f"{FILE}:4:29 fields.step.code.codes: there is no code table named 'stepcode'; remove it [GT205]"),
    ("fields:\n  step.code: {at: C, codes: {handling: '1'}, otherwise: x}\n", f"{FILE}:4:57 fields.step.code.otherwise: `otherwise: x` is neither a canonical word nor a native value of the table; write park, wait, a word of the table, or {{in: word, out: value}} [GT214]"),
    ("fields:\n  version: {at: BB, default: one}\n", f"{FILE}:4:30 fields.version.default: 'one' is not a value of type integer; write a whole number [GT215]"),
    ("fields:\n  materials: CL\n", f"{FILE}:4:3 fields.materials: 'materials' is a list; lists are mapped by `each:` and `fields:`, other fields by `at:` [GT224]"),
    ("fields:\n  opinion: {each: YJ}\n", f"{FILE}:4:3 fields.opinion: 'opinion' is not a list; lists are mapped by `each:` and `fields:`, other fields by `at:` [GT224]"),
    ("fields:\n  materials: {each: CL, fields: {nam: MC}}\n", f"{FILE}:4:34 fields.materials.fields.nam: there is no field named 'nam'; did you mean 'name'? [GT205]"),
    ("fields:\n  opinion: YJ\n  reason: YJ\n", f"{FILE}:5:3 reason: 'YJ' is written by two rules (the other at line 4); keep one of them, or say under `out:` which is written [GT223]"),
    ("fields:\n  opinion: A\n  reason: A/B\n", f"{FILE}:5:3 reason: 'A/B' is written by two rules (the other at line 4); keep one of them, or say under `out:` which is written [GT223]"),
    ("out:\n  YJ: {from: opinon}\n", f"{FILE}:4:14 out.YJ.from: there is no field named 'opinon'; did you mean 'opinion'? [GT205]"),
    ("out:\n  YJ: {from: $cases.opinion}\n", f"{FILE}:4:14 out.YJ.from: '$cases.opinion' is not a source of values here; write a canonical path or $case.…, $system.…, $site.… [GT222]"),
    ("out:\n  YJ: {from: $case.opinion, need: {wait: soon}}\n", f"{FILE}:4:42 out.YJ.need.wait: 'soon' is not a length of time; write a number and s, m, h or d: 10m [GT219]"),
    ("out:\n  YJ: {value: x}\n", f"{FILE}:4:15 out.YJ: a fixed value needs its reason; add `why:` [GT218]"),
    ("out:\n  YJ: {from: opinion, when: {step.code: done}}\n", f"{FILE}:4:41 out.YJ.when.step.code: there is no canonical word named 'done'; known: approval, handling, review [GT205]"),
    ("out:\n  YJ: {from: opinion, max_bytes: many}\n", f"{FILE}:4:34 out.YJ.max_bytes: expected a whole number, got the word 'many'; write a whole number here [GT202]"),
    ("out:\n  YJ: {from: opinion, max_bytes: 9, charset: gb18031}\n", f"{FILE}:4:46 out.YJ.charset: 'gb18031' is not a charset this machine knows; write utf-8, gb18030 or gbk [GT220]"),
    ("out:\n  YJ: {from: opinion, over: chop}\n", f"{FILE}:4:29 out.YJ.over: expected one of reject, cut, got 'chop'; known: cut, reject [GT203]"),
    ("constants:\n  YJ: {value: x}\n", f"{FILE}:4:7 constants.YJ: the key 'why' is missing; add it: why it is fixed [GT201]"),
    ("fields:\n  opinion: YJ\nwithout: [reason]\n", f"{FILE}:5:11 without: 'reason' stands in `without:`, but there is nothing of that name to leave out; remove it [GT225]"),
    ("fields:\n  step.at: {at: SJ, format: [yyyy-M-d H:m:s, yyyy-d-M H:m:s]}\n", f"{FILE}:4:46 fields.step.at.format: '2014-2-1 3:4:5' as written by yyyy-d-M H:m:s is read by yyyy-M-d H:m:s as another time; keep one of the two formats [GT234]"),
    ("fields:\n  step.day: {at: RQ, format: [yyyyMMdd, yyyyddMM]}\n", f"{FILE}:4:41 fields.step.day.format: '20140201' as written by yyyyddMM is read by yyyyMMdd as another time; keep one of the two formats [GT234]"),
    ("fields:\n  step.at: {at: SJ, format: [epoch_ms, epoch]}\n", f"{FILE}:4:40 fields.step.at.format: '1388603045' as written by epoch is read by epoch_ms as another time; keep one of the two formats [GT234]"),
    ("fields:\n  step.at: {at: SJ, format: yyyy1M1d1H1m1s}\n", f"{FILE}:4:29 fields.step.at.format: 'yyyy1M1d1H1m1s' is not a date format: a digit of its own stands beside parts of no fixed width; write it as in yyyy-MM-dd HH:mm:ss [GT212]"),
    ("fields:\n  step.at: {at: SJ, format: yyyyMdHHmmss}\n", f"{FILE}:4:29 fields.step.at.format: 'yyyyMdHHmmss' is not a date format: M has no fixed width, so something must stand after it; write it as in yyyy-MM-dd HH:mm:ss [GT212]"),
    ("fields:\n  step.at: {at: SJ, format: yyyy-MM-dd HH:mm}\n", f"{FILE}:4:29 fields.step.at: yyyy-MM-dd HH:mm has no seconds, so a value does not survive being written and read again; declare `lossy: why`, or change the rule [GT216]"),
    ("fields:\n  opinion: {at: YJ, type: integer}\n", f"{FILE}:4:27 fields.opinion.type: 'opinion' is of type text, so a mapping cannot make it integer; leave `type:` out; a format of its own goes to `format:` [GT232]"),
    ("fields:\n  step.code: {at: C, type: text}\n", f"{FILE}:4:28 fields.step.code.type: 'step.code' is of type code, so a mapping cannot make it text; leave `type:` out; a format of its own goes to `format:` [GT232]"),
    ("fields:\n  step.code: {at: C, codes: {handling: '1'}, empty: '1'}\n", f"{FILE}:4:30 fields.step.code.codes: '1' is read as no value, so 'handling' is never read from it; give the row another native value, or change `empty:` or `null_words:` [GT233]"),
    ("fields:\n  opinion: {at: YJ, over: cut}\n", f"{FILE}:4:27 fields.opinion.over: the key 'over' does nothing here: there is no `max_bytes:`; remove it [GT231]"),
    ("fields:\n  opinion: {at: YJ, otherwise: x}\n", f"{FILE}:4:32 fields.opinion.otherwise: the key 'otherwise' does nothing here: there is no `codes:`; remove it [GT231]"),
    ("fields:\n  opinion: {at: YJ, strict: true}\n", f"{FILE}:4:29 fields.opinion.strict: the key 'strict' does nothing here: type text has no check digit; remove it [GT231]"),
    ("fields:\n  opinion: {at: YJ, value: x, why: y}\n", f"{FILE}:4:28 fields.opinion.value: the key 'value' does nothing here: it would be written whatever the event says; use `default:`, or `out:`; remove it [GT231]"),
    ("fields:\n  materials: {each: CL, via: [trim], fields: {name: MC}}\n", f"{FILE}:4:30 fields.materials.via: the key 'via' does nothing here: the field is a list; remove it [GT231]"),
    ("in:\n  opinion: {at: YJ, max_bytes: 3}\n", f"{FILE}:4:21 in.opinion.max_bytes: the key 'max_bytes' does nothing here: it is about writing; remove it [GT231]"),
    ("out:\n  YJ: {from: opinion, default: x}\n", f"{FILE}:4:23 out.YJ.default: the key 'default' does nothing here: it is about reading; remove it [GT231]"),
    ("fields:\n  opinion: A//B\n", f"{FILE}:4:12 fields.opinion: 'A//B' is not a place in a record: a name is missing; write the names from the outermost on, with / between them [GT236]"),
    ("fields:\n  opinion: [A, B, A]\n", f"{FILE}:4:19 fields.opinion: 'A' is not a place in a record: it stands twice; write the names from the outermost on, with / between them [GT236]"),
    ("fields:\n  opinion: A\nignored: [B, C/]\n", f"{FILE}:5:14 ignored: 'C/' is not a place in a record: a name is missing; write the names from the outermost on, with / between them [GT236]"),
    ("fields:\n  opinion: {at: YJ, when: {opinion: x}}\n", f"{FILE}:4:3 fields.opinion.when: the condition looks at 'opinion', which is not known yet when this rule is read; make it depend on a field that does not depend on this one [GT238]"),
    ("fields:\n  opinion: {at: YJ, when: {reason: []}}\n", f"{FILE}:4:36 fields.opinion.when.reason: expected a word or a list of words, got an empty list; write a word or a list of words here [GT202]"),
    ("match: {T: {a: b}}\nfields:\n  opinion: YJ\n", f"{FILE}:3:12 match.T: expected a word or a list of words, got a table; write a word or a list of words here [GT202]"),
    ("out:\n  YJ: {from: $case.opinon}\n", f"{FILE}:4:14 out.YJ.from: there is no field named 'opinon'; did you mean 'opinion'? [GT205]"),
    ("constants:\n  XZQH: {value: '445281', why: the county}\n", f"{FILE}:4:17 constants.XZQH.value: this looks like a region code: business data written into a mapping; take it from the system's `facts:` ($system.…), unless it is the same for everyone who uses this dialect [GT237]"),
    ("fields:\n  operator: {at: DH, default: '13800138000'}\n", f"{FILE}:4:31 fields.operator.default: this looks like a telephone number: business data written into a mapping; take it from the system's `facts:` ($system.…), unless it is the same for everyone who uses this dialect [GT237]"),
    ("feilds:\n  opinion: YJ\n", f"{FILE}:3:1 feilds: the key 'feilds' is not known here; did you mean 'fields'? [GT200]"),
]


@pytest.mark.parametrize(("rules", "line"), MISTAKES, ids=[line.split(" [")[-1][:5] + f"-{order}" for order, (_, line) in enumerate(MISTAKES)])
def test_a_mistake_is_named_where_it_stands(load: Callable[..., World], rules: str, line: str) -> None:
    """Where, what was expected, what came, what to write instead, and nothing else."""
    assert load({"county/case.step.yaml": HEAD + rules}).lines() == [line]


def test_all_mistakes_of_all_files_are_told_at_once(load: Callable[..., World]) -> None:
    """No mistake hides another, in one file or in several."""
    world = load({
        "county/case.step.yaml": HEAD + "fields:\n  opinon: YJ\n  version: {at: BB, default: one}\n",
        "county/case.other.yaml": "event: case.stepp\nrecord: X\n",
        "county/codes/x.yaml": "tabel: {}\n",
        "other/dialect.yaml": "dialect: othr\ntitle: {zh: 他}\ncodec: jsonn\nextends: conty\n",
    })
    assert sorted(problem.code.id for problem in world.problems) == [
        "GT200", "GT201", "GT201", "GT204", "GT205", "GT205", "GT205", "GT205", "GT205", "GT215",
    ]
    assert all(problem.place.line for problem in world.problems)


def test_a_code_table_that_no_rule_uses_is_held_to_the_same(load: Callable[..., World]) -> None:
    """A mistake in the rule that names a table, or a rule yet to be written, does not hide the table's own."""
    world = load({
        "county/case.step.yaml": HEAD + "fields:\n  step.code: {at: C, codes: step.cod}\n",
        "county/codes/step.code.yaml": "codes: step.code\ntitle: {zh: 环节, en: Step}\ntable:\n  handing: '1'\n  review:\n"
        "    - {value: '2', until: 2015-12-31}\n    - {value: '3', from: 2015-12-31}\n",
        "county/codes/kind.yaml": "codes: material.knd\ntitle: {zh: 材料, en: Kind}\ntable: {original: '0'}\n",
    })
    assert sorted(world.lines()) == [
        f"{FILE}:4:29 fields.step.code.codes: there is no code table named 'step.cod'; did you mean 'step.code'? [GT205]",
        "mappings/county/codes/kind.yaml:1:8 codes: there is no code list named 'material.knd'; did you mean 'material.kind'? [GT205]",
        "mappings/county/codes/step.code.yaml:4:3 codes.step.code.handing: there is no canonical word named 'handing'; did you mean 'handling'? [GT205]",
        "mappings/county/codes/step.code.yaml:7:7 codes.step.code.review[1]: 'review' has two rows on 2015-12-31 (the other at line 6); let one end the day before the other begins [GT226]",
    ]


def test_many_mistakes_are_told_in_time_that_grows_with_their_number(
    load: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong file of thousands of rules holds no one up: its mistakes are not held against each other one by one."""
    compared = 0
    same = Problem.__eq__

    def counted(one: Problem, other: object) -> bool:
        nonlocal compared
        compared += 1
        return same(one, other)

    monkeypatch.setattr(Problem, "__eq__", counted)
    rules = "".join(f"  x{number}: Y{number}\n" for number in range(300))
    assert len(load({"county/case.step.yaml": f"{HEAD}fields:\n{rules}"}).problems) == 300
    assert compared < 300


def test_the_contents_of_a_file_that_is_no_mapping_are_not_repeated(load: Callable[..., World]) -> None:
    """A key or a list of people saved under the wrong name is told by its first letters only."""
    world = load({"county/case.step.yaml": "-----BEGIN KEY----- " + "c2VjcmV0" * 40 + "\n"})
    assert world.lines() == [f"{FILE}:1:1: expected a table of keys, got the word '-----BEGIN KEY----- …'; write a table of keys here [GT202]"]


@pytest.mark.parametrize(("other", "line"), [
    ("county", "extends: extends comes back to itself: county → county; remove one of the links [GT206]"),
    ("conty", "extends: there is no dialect named 'conty'; remove it [GT205]"),
])
def test_what_would_have_been_inherited_is_not_missed(load: Callable[..., World], other: str, line: str) -> None:
    """Where `extends:` leads nowhere, that is the one mistake told: the codec may stand there."""
    world = load({}, dialect=f"dialect: county\ntitle: {{zh: 县, en: County}}\nextends: {other}\n")
    assert world.lines() == [f"mappings/county/dialect.yaml:3:10 {line}"]


def test_every_problem_speaks_chinese_too(load: Callable[..., World]) -> None:
    """Message and hint exist in both languages for every mistake made here."""
    for rules, _ in MISTAKES:
        for problem in load({"county/case.step.yaml": HEAD + rules}).problems:
            chinese = problem.message("zh") + problem.hint("zh")
            assert any("一" <= char <= "鿿" for char in chinese), problem.code.id


def test_a_wrong_codec_option_is_named_in_the_dialect(load: Callable[..., World]) -> None:
    """Options are held to the codec's own model, at their place."""
    text = "dialect: county\ntitle: {zh: 县, en: County}\ncodec: json\noptions:\n  in: {kind_feild: type}\n"
    [line] = load({}, dialect=text).lines()
    assert line.startswith("mappings/county/dialect.yaml:5:8 options.in.kind_feild: the codec 'json' refuses its option")


def test_yaml_that_is_none_is_named_at_its_place(load: Callable[..., World]) -> None:
    """A file that does not parse is one problem and hides no other file's."""
    world = load({"county/case.step.yaml": "event: [\n", "county/case.other.yaml": "event: nothing\nrecord: X\n"})
    assert sorted(problem.code.id for problem in world.problems) == ["GT001", "GT205"]


@pytest.mark.parametrize(("body", "line"), [
    ("\ufeff事件: 审批\n字: 县".encode() + b"\xb9\n", f"{FILE}:2:5: the file cannot be read: it is not UTF-8; save it as UTF-8; check that it exists, is UTF-8 and may be read [GT004]"),
    (b"event: case.step\nrecord: \x01STEP\n", f"{FILE}:2:9: this is not YAML: a control character stands here; mend the file at this place [GT001]"),
    (b"event: case.step\n\trecord: STEP\n", f"{FILE}:2:1: this is not YAML: the line begins with a tab; write blanks [GT001]"),
    (b"event: case.step\nevent: case.finish\nrecord: STEP\n", f"{FILE}:2:1 event: the key 'event' stands twice (first at line 1); keep one of them [GT002]"),
    (b"event: case.step\nrecord: STEP\nfields: {opinion: &a YJ}\nignored: [*a]\n", f"{FILE}:3:19: an anchor (&name) with its alias (*name) is not allowed here; write the value out in full [GT003]"),
    (b"event: case.step\nrecord: STEP\nfields: " + b"{a: " * 60 + b"x" + b"}" * 60 + b"\n", f"{FILE}:3:209: nesting deeper than 50 is not allowed here; write the value out in full [GT003]"),
    (b"event: case.step\nrecord: STEP\n? [a, b]\n: c\n", f"{FILE}:3:3: a key that is not a word is not allowed here; write the value out in full [GT003]"),
    (b"event: case.step\nrecord: STEP\n#" + b"x" * 4 * 1024 * 1024, f"{FILE}: the file cannot be read: over 4194304 bytes; check that it exists, is UTF-8 and may be read [GT004]"),
])
def test_what_yaml_would_pass_over_is_told(load: Callable[..., World], body: bytes, line: str) -> None:
    """Files in another charset, control characters, tabs, double keys, aliases, depth and size: each at its place."""
    assert line in load({"county/case.step.yaml": body}).lines()


def test_bare_words_keep_their_text(load: Callable[..., World]) -> None:
    """`no`, `01`, `null`, `1e5` and `2014-07-15` are the texts they look like, quoted or not."""
    words = ["no", "01", "null", "1e5", "0x1F", "2014-07-15", "~", "yes", "1_000", ".5"]
    fixed = "".join(f"  F{order}: {{value: {word}, why: a test}}\n" for order, word in enumerate(words))
    world = load({"county/case.step.yaml": f"{HEAD}fields: {{step.code: CODE}}\nconstants:\n{fixed}"})
    assert world.lines() == []
    assert list(world.dialects["county"].outward("case.step", {}, {}).native.fields.values()) == words


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c")])
def test_every_circle_of_extends_is_named(load: Callable[..., World], names: tuple[str, ...]) -> None:
    """A dialect that extends itself, by way of one, two or no others: each on the circle is told the way round."""
    around = dict(zip(names, (*names[1:], names[0]), strict=True))
    world = load({f"{name}/dialect.yaml": f"dialect: {name}\ntitle: {{zh: 甲, en: A}}\ncodec: json\nextends: {other}\n"
                  for name, other in around.items()})
    lines = []
    for start in names:
        way = [start]
        while len(way) == 1 or way[-1] != start:
            way.append(around[way[-1]])
        lines.append(f"mappings/{start}/dialect.yaml:4:10 extends: extends comes back to itself: {' → '.join(way)};"
                     " remove one of the links [GT206]")
    assert world.lines() == lines


@pytest.mark.parametrize(("codec", "options"), [
    ("xml-element", "{root: 1X}"), ("xml-element", "{kind: HEAD//TYPE}"), ("xml-element", "{data: 'a b'}"),
    ("xml-element", "{lists: {CL: {item: '<x>'}}}"), ("xml", "{root: 1X}"), ("xml", "{root: R, lists: {CL: {item: 'a b'}}}"),
    ("xml", "{root: R, record: 'a b'}"), ("exinfo", "{lists: {CL: {item: 'a b'}}}"), ("xml-package", "{root: 1X}"),
])
def test_an_option_that_no_document_could_be_written_by_is_a_mistake_of_its_file(
        load: Callable[..., World], codec: str, options: str) -> None:
    """A codec that cannot be made of its options is told where they stand, in both languages, and nothing breaks."""
    head = "dialect: county\ntitle: {zh: 县, en: County}\nversioning: number\n"
    world = load({}, dialect=f"{head}codec: {{in: {codec}, out: {codec}}}\noptions: {{in: {options}, out: {options}}}\n")
    told = [problem for problem in world.problems if problem.code.id == "GT221"]
    assert [problem.line().partition(": ")[0] for problem in told] != []
    assert all(problem.place is not None and problem.place.line == 5 for problem in told)
    assert all("{" not in problem.line("zh") for problem in told)
