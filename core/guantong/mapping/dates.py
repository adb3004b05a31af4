"""Date and time formats: compiled once from their pattern, then read and written by slicing.

Patterns are those of the field's own documents: `yyyy MM M dd d HH H mm m ss s SSS`, any other character
stands for itself. `iso`, `epoch` and `epoch_ms` are names. Times without a zone are Asia/Shanghai.
Canonical forms: "2014-07-15T10:30:00+08:00" (a fraction of a second only where there is one) and
"2014-07-15". Every date is checked against the calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Any

from guantong.mapping.calendar import (
    COLON_TIMES,
    COMPACT_DAYS,
    COMPACT_DAYS_OF_TIMES,
    COMPACT_TIMES,
    DASHED_DAYS,
    DASHED_DAYS_OF_TIMES,
    Seen,
    Written,
)

SHANGHAI = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMED = ("iso", "epoch", "epoch_ms")
_TOKENS = {"yyyy": (4, 4), "MM": (2, 2), "dd": (2, 2), "HH": (2, 2), "mm": (2, 2), "ss": (2, 2), "SSS": (3, 3),
           "M": (1, 2), "d": (1, 2), "H": (1, 2), "m": (1, 2), "s": (1, 2), "S": (1, 9)}
_UNITS = {"y": "year", "M": "month", "d": "day", "H": "hour", "m": "minute", "s": "second", "S": "fraction"}
_SLICES = {"y": "v[:4]", "M": "v[5:7]", "d": "v[8:10]", "H": "v[11:13]", "m": "v[14:16]", "s": "v[17:19]"}
_TWO = {f"{number:02d}": f"{number:02d}" for number in range(60)}
_ONE = {str(number): f"{number:02d}" for number in range(10)} | _TWO
_iso = datetime.fromisoformat
SLICES = {"to8": slice(8), "from8": slice(8, None), "to11": slice(11), "from11": slice(11, None)}
"""Slices by name: made once, where `[:8]` would make one each time."""
# The commonest patterns: what their parts are looked up in, and which part of a text `x` each is.
_PARTS: dict[tuple[str, str], tuple[tuple[str, Seen, str], ...]] = {
    ("datetime", "yyyy-MM-dd HH:mm:ss"): (("days19", DASHED_DAYS_OF_TIMES, "x[to11]"), ("times19", COLON_TIMES, "x[from11]")),
    ("datetime", "yyyyMMddHHmmss"): (("days14", COMPACT_DAYS_OF_TIMES, "x[to8]"), ("times14", COMPACT_TIMES, "x[from8]")),
    ("date", "yyyyMMdd"): (("days8", COMPACT_DAYS, "x"),),
    ("date", "yyyy-MM-dd"): (("days10", DASHED_DAYS, "x"),),
}


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One format. `read` gives the canonical text or None; `write` the native text of a canonical one (it
    raises ValueError for what is not canonical). `time`: the pattern holds seconds (or the field is a date);
    `exact`: what it reads it writes again alike; `inline`: for
    generated code, an expression over `x` of the canonical text (KeyError for what was not met before) and
    what that speaks of; `written`: the same the other way, None where day and time of day are
    not written one after the other."""

    pattern: str
    read: Callable[[str], str | None] = field(compare=False, repr=False)
    write: Callable[[str], str] = field(compare=False, repr=False)
    time: bool = True
    exact: bool = False
    inline: tuple[str, dict[str, Any]] | None = field(default=None, compare=False, repr=False)
    written: Written | None = field(default=None, compare=False, repr=False)


class BadPattern(ValueError):
    """The pattern is not one; the texts say why, in English and Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        self.zh = zh
        super().__init__(en)


@lru_cache(maxsize=256)
def date_format(pattern: str, kind: str) -> DateFormat:
    """The format of *pattern* for the type *kind* (`datetime` or `date`). Raises `BadPattern`."""
    if pattern in NAMED:
        return _named(pattern, kind)
    tokens = _split(pattern)
    units = [token[0] for token, _ in tokens if token]
    if not {"y", "M", "d"} <= set(units):
        raise BadPattern("it needs yyyy, MM (or M) and dd (or d)", "须含 yyyy、MM（或 M）与 dd（或 d）")
    if len(units) != len(set(units)):
        raise BadPattern("a part stands twice", "有重复的部分")
    if any(big in units and small not in units for small, big in ("Hm", "ms", "sS")):
        raise BadPattern("it has a smaller unit of time without the larger one", "有小的时间单位而缺大的单位")
    if kind == "date" and "H" in units:
        raise BadPattern("the field is a date and has no time", "该字段是日期，没有时间")
    fixed = all(_TOKENS[token][0] == _TOKENS[token][1] for token, _ in tokens if token) and "S" not in units
    reader = _fixed_reader(tokens, kind) if fixed else _varying_reader(tokens, kind)
    return DateFormat(pattern, reader, _writer(tokens, kind), time="s" in units or kind == "date", exact=fixed,
                      inline=_inline(pattern, kind), written=_written(tokens, kind))


def _inline(pattern: str, kind: str) -> tuple[str, dict[str, Any]] | None:
    """The look-ups of a pattern whose parts are remembered."""
    parts = _PARTS.get((kind, pattern))
    if parts is None:
        return None
    known = {name: seen.known for name, seen, _ in parts}
    return " + ".join(f"{name}[{part}]" for name, _, part in parts), {**SLICES, **known}


def _written(tokens: list[tuple[str, str]], kind: str) -> Written | None:
    """What was written before in a format that writes the day first, or the day alone."""
    if kind == "date":
        return Written(None)
    hours = next((order for order, (token, _) in enumerate(tokens) if token[:1] in {*"HmsS"}), len(tokens))
    later = {token[0] for token, _ in tokens[hours:] if token}
    return None if later & {*"yMd"} else Written(_writer(tokens[:hours], kind))


def _split(pattern: str) -> list[tuple[str, str]]:
    """The pattern as (token, "") and ("", literal) pairs."""
    parts: list[tuple[str, str]] = []
    for run in re.findall(r"(y+|M+|d+|H+|m+|s+|S+|[^yMdHmsS]+)", pattern):
        if run in _TOKENS:
            parts.append((run, ""))
        elif run[0] in _UNITS:
            raise BadPattern(f"{run} is not one of {' '.join(_TOKENS)}", f"{run} 不是 {' '.join(_TOKENS)} 之一")
        elif not run.isprintable() or set(run) & set('\\"{}'):
            raise BadPattern("a character in it has no place in a date", "含有日期中不应出现的字符")
        else:
            parts.append(("", run.replace("'", "")))
    varying = any(token and _TOKENS[token][0] != _TOKENS[token][1] for token, _ in parts)
    if varying and any(set(literal) & set("0123456789") for _, literal in parts):
        raise BadPattern("a digit of its own stands beside parts of no fixed width", "有固定数字，而日期部分宽度不定，无法区分")
    for (token, _), (following, _) in pairwise(parts):
        if token and following and _TOKENS[token][0] != _TOKENS[token][1]:
            raise BadPattern(f"{token} has no fixed width, so something must stand after it", f"{token} 宽度不定，其后须有分隔")
    return parts


def _compile(lines: list[str], speaks_of: Mapping[str, Any] = {}) -> Callable[[str], Any]:
    space: dict[str, Any] = {"iso": _iso, "local": local, "one": _ONE, "two": _TWO, **speaks_of}
    exec("\n".join(lines), space)  # noqa: S102 - the source is built here from checked tokens and literals
    made: Callable[[str], Any] = space["made"]
    return made


def _fixed_reader(tokens: list[tuple[str, str]], kind: str) -> Callable[[str], str | None]:
    pattern = "".join(token or literal for token, literal in tokens)
    known = _PARTS.get((kind, pattern))
    if known is not None:
        value = " + ".join(f"{name}({part})" for name, _, part in known)
        seen = SLICES | {name: one for name, one, _ in known}
        return _compile(["def made(x):", f" try: return {value}", " except ValueError: return None"], seen)
    at, tests, parts = 0, [], {}
    for token, literal in tokens:
        width = len(token or literal)
        if token:
            parts[token[0]] = f"x[{at}:{at + width}]"
        else:
            tests.append(f"x[{at}:{at + width}] != {literal!r}")
        at += width
    text = f"{{{parts['y']}}}-{{{parts['M']}}}-{{{parts['d']}}}"
    zone = ""
    if kind != "date":
        text += "T" + ":".join(f"{{{parts[unit]}}}" if unit in parts else "00" for unit in "Hms")
        zone = ' + "+08:00"'
    return _compile([
        "def made(x):",
        f" if {' or '.join([f'len(x) != {at}', *tests])}: return None",
        f' t = f"{text}"',
        " try: iso(t)",
        " except ValueError: return None",
        f" return t{zone}",
    ])


def _varying_reader(tokens: list[tuple[str, str]], kind: str) -> Callable[[str], str | None]:
    """A reader of formats whose parts vary in width (`2014-9-19 14:10:10`) or hold a fraction."""
    units = [token[0] for token, _ in tokens if token]
    apart = all(bool(token) != bool(order % 2) for order, (token, _) in enumerate(tokens))
    return _splitter(tokens, kind) if apart and "S" not in units else _scanner(tokens, kind)


def _splitter(tokens: list[tuple[str, str]], kind: str) -> Callable[[str], str | None]:
    """A reader where something stands between all parts: split there, and look the numbers up."""
    lines, rest = ["def made(x):", " try:"], "x"
    for (token, _), (_, literal) in zip(tokens[::2], [*tokens[1::2], ("", "")], strict=True):
        unit = token[0]
        if literal:
            lines.append(f"  {unit}, _, r = {rest}.partition({literal!r})")
            rest = "r"
        else:
            lines.append(f"  {unit} = {rest}")
    if tokens[-1][1]:
        lines.append("  if r: return None")
    units = [token[0] for token, _ in tokens if token]
    wide = {token[0] for token, _ in tokens if len(token) == 2}

    def looked_up(unit: str) -> str:
        return f"{{{'two' if unit in wide else 'one'}[{unit}]}}" if unit in units else "00"

    days = f"{{y}}-{looked_up('M')}-{looked_up('d')}"
    times = ":".join(looked_up(unit) for unit in "Hms")
    text, zone = (f"{days}T{times}", ' + "+08:00"') if kind != "date" else (days, "")
    lines += [f'  t = f"{text}"', "  iso(t)", " except (KeyError, ValueError): return None", f" return t{zone}"]
    return _compile(lines)


def _scanner(tokens: list[tuple[str, str]], kind: str) -> Callable[[str], str | None]:
    """A reader part by part, for what nothing else reads."""
    def made(x: str) -> str | None:
        at, found = 0, dict.fromkeys("HmsS", "")
        for token, literal in tokens:
            if not token:
                if not x.startswith(literal, at):
                    return None
                at += len(literal)
                continue
            least, most = _TOKENS[token]
            end = at
            while end < len(x) and end - at < most and "0" <= x[end] <= "9":
                end += 1
            if end - at < least:
                return None
            found[token[0]] = x[at:end]
            at = end
        if at != len(x):
            return None
        text = f"{found['y']}-{found['M']:0>2}-{found['d']:0>2}"
        if kind != "date":
            text = f"{text}T{found['H']:0>2}:{found['m']:0>2}:{found['s']:0>2}"
        try:
            _iso(text)
        except ValueError:
            return None
        if kind == "date":
            return text
        fraction = found["S"].rstrip("0")
        return f"{text}.{fraction}+08:00" if fraction else f"{text}+08:00"
    return made


def _writer(tokens: list[tuple[str, str]], kind: str) -> Callable[[str], str]:
    pieces: list[str] = []
    for token, literal in tokens:
        if not token:
            pieces.append(literal)
        elif token[0] == "S":
            pieces.append("{v[20:-6]:0<3.3}" if len(token) == 3 else "{v[20:-6] or '0'}")
        elif len(token) == 1:
            pieces.append(f"{{int({_SLICES[token]})}}")
        else:
            pieces.append(f"{{{_SLICES[token[0]]}}}")
    guard = " if len(v) != 10: raise ValueError('not a date')" if kind == "date" else (
        ' if len(v) < 25 or v[-6:] != "+08:00": v = local(v)')
    return _compile(["def made(v):", guard, f' return f"{"".join(pieces)}"'])


def local(value: str) -> str:
    """A canonical time with any offset as the same moment at +08:00. Raises ValueError."""
    moment = _iso(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return moment.astimezone(SHANGHAI).isoformat()


def _named(name: str, kind: str) -> DateFormat:
    if kind == "date":
        if name != "iso":
            raise BadPattern("the field is a date and has no time", "该字段是日期，没有时间")
        return date_format("yyyy-MM-dd", "date")
    if name == "iso":
        return DateFormat("iso", _read_iso, _write_iso, written=Written(lambda v: v[:11]))
    scale = 1 if name == "epoch" else 1000
    return DateFormat(name, lambda x: _read_epoch(x, scale), lambda v: _write_epoch(v, scale))


def _read_iso(x: str) -> str | None:
    if len(x) < 19 or x[4::3][:5] != "--T::":
        return None
    try:
        moment = _iso(x)
    except ValueError:
        return None
    return x if moment.tzinfo is not None and x[-1] != "Z" else (
        f"{x}+08:00" if moment.tzinfo is None else moment.isoformat())


def _write_iso(v: str) -> str:
    if _iso(v).tzinfo is None:
        raise ValueError("a time without its zone")
    return v


def _read_epoch(x: str, scale: int) -> str | None:
    # Up to the year 2286: more digits are a date written without signs (20140719246000), right or wrong.
    digits = x.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= (10 if scale == 1 else 13)):
        return None
    seconds, rest = divmod(int(x), scale)
    try:
        text = (_EPOCH + timedelta(seconds=seconds)).astimezone(SHANGHAI).isoformat()
    except OverflowError:
        return None
    return f"{text[:19]}.{rest:03d}".rstrip("0") + text[19:] if rest else text


def _write_epoch(v: str, scale: int) -> str:
    moment = _iso(v)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    since = moment - _EPOCH
    text = str((since.days * 86400 + since.seconds) * scale + since.microseconds * scale // 1_000_000)
    if _read_epoch(text, scale) is None:
        raise ValueError("a time too far from 1970 to be read again")
    return text
