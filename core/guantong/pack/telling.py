"""Checks proofs and evidence packs of Guantong with nothing but Python 3.8 or newer: no network, no library, none of the hub's code.

    python3 verify.py PROOF.json | PACK.zip --key public.txt [--against checkpoints] [--exported proof.json] [--json]

核验 `guantong audit proof` 的输出，或 `guantong audit export` 导出的取证包，只需 Python 3.8 以上，不联网，不依赖中枢的任何代码。

Exit status 0: every claim holds; 1: one does not, or cannot be checked here; 2: wrong usage. 退出码：0 各项成立，1 有不成立或无法核验的，2 用法错误。
"""

from __future__ import annotations

import json
import sys
from typing import Any, List, Sequence  # noqa: UP035  it runs on older Pythons, too

from guantong.pack.archive import is_archive
from guantong.pack.checking import EMPTY, check_pack
from guantong.pack.claim import FAILS, MARKS, OPEN, Claim, verified
from guantong.pack.says import SAYS, TITLES
from guantong.proof.standalone import Wrong, _text, on_any_screen, plain
from guantong.proof.standalone import main as main_of_proofs

USAGE = __doc__


def verdict(claims: Sequence[Claim]) -> str:
    """All of them in one word of the table `SAYS`."""
    if verified(claims):
        return "verified"
    return "refused" if any(one.verdict == FAILS for one in claims) else "open"


def as_json(claims: Sequence[Claim]) -> Any:
    """As `--json` prints it, and as the page has it."""
    return {"verified": verified(claims), "verdict": verdict(claims), "claims": [
        {"claim": one.name, "verdict": one.verdict, "says": one.key, "zh": one.said(0), "en": one.said(1)} for one in claims]}


def lines_of(claims: Sequence[Claim]) -> List[str]:  # noqa: UP006  it runs on older Pythons, too
    """What people read: a line for each claim, and what all come to."""
    word = verdict(claims)
    mark = MARKS[{"refused": FAILS, "open": OPEN}.get(word, "ok")]
    told = [plain(f"{MARKS[one.verdict]} {TITLES[one.name][0]}：{one.said(0)} · {TITLES[one.name][1]}: {one.said(1)}") for one in claims]
    return [*told, f"{mark} {' · '.join(SAYS[word])}"]


def main_of_both(words: Sequence[str]) -> int:
    """Run the check of a pack or a proof; the exit status."""
    on_any_screen()
    files, options, json_too = [], {"--key": "", "--against": "", "--exported": ""}, False
    left = list(words)
    while left:
        word = left.pop(0)
        if word in options and left:
            options[word] = left.pop(0)
        elif word == "--json":
            json_too = True
        else:
            files.append(word)
    if len(files) != 1 or files[0].startswith("-"):
        sys.stderr.write(USAGE or "")
        return 2
    try:
        with open(files[0], "rb") as stream:
            if not is_archive(stream) and not files[0].lower().endswith(".zip"):
                return main_of_proofs([one for one in words if one != "--json"])
            key = options["--key"]
            outside, exported = ((_text(options[name]) or EMPTY) if options[name] else "" for name in ("--against", "--exported"))
            claims = check_pack(stream, key if key.count("+") >= 2 else _text(key) if key else "", outside, exported)
    except OSError as error:
        sys.stderr.write(f"无法读取 cannot read {error.filename}: {error.strerror}\n")
        return 2
    except Wrong as error:
        sys.stderr.write(f"{plain(str(error))}\n")
        return 2
    sys.stdout.write(json.dumps(as_json(claims), ensure_ascii=False, indent=2) + "\n" if json_too else "".join(f"{one}\n" for one in lines_of(claims)))
    return 0 if verified(claims) else 1


if __name__ == "__main__":
    sys.exit(main_of_both(sys.argv[1:]))
