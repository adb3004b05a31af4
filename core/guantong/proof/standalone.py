"""Checks what `guantong audit proof` printed, with nothing but Python 3.8 or newer: no network, no library, none of the hub's code.

    python3 standalone.py PROOF.json --key public.txt [--against checkpoints]

核验 `guantong audit proof` 的输出，只需 Python 3.8 以上，不联网，不依赖中枢的任何代码。

Exit status 0: every claim holds; 1: one does not, or cannot be checked here; 2: wrong usage. 退出码：0 各项成立，1 有不成立或无法核验的，2 用法错误。
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import sys
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple, TypeVar  # noqa: UP035  it runs on older Pythons, too

FORM, ENTRY = "guantong-proof/1", "guantong-entry/1"
ED25519 = 1
MOST = 256 * 1024 * 1024  # bytes of a file
Found = TypeVar("Found")
_TYPES = [str, str, int, int, int, str, int, int, int, str, str, str, str]  # of what a leaf holds


class Wrong(Exception):
    """A claim that does not hold, or cannot be checked: in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} · {en}")


class Uncheckable(Wrong):
    """A claim that may hold, and cannot be checked here."""


class Unsigned(Wrong):
    """A note that the key did not sign: another may have."""


# --- hashes: SHA-256 of Python, SM3 by GB/T 32905-2016 ---

_WORD = 0xFFFFFFFF
_SM3_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def _turned(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> 32 - by) & _WORD


def sm3(data: bytes) -> bytes:
    """The SM3 digest of *data*."""
    padded = data + b"\x80" + b"\x00" * (-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = list(_SM3_START)
    for start in range(0, len(padded), 64):
        words = [int.from_bytes(padded[at:at + 4], "big") for at in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = words[j - 16] ^ words[j - 9] ^ _turned(words[j - 3], 15)
            words.append(x ^ _turned(x, 15) ^ _turned(x, 23) ^ _turned(words[j - 13], 7) ^ words[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            turned = _turned(a, 12)
            ss1 = _turned((turned + e + _turned(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & _WORD, 7)
            ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if j < 16 else e & f | ~e & _WORD & g
            tt1 = (ff + d + (ss1 ^ turned) + (words[j] ^ words[j + 4])) & _WORD
            tt2 = (gg + h + ss1 + words[j]) & _WORD
            a, b, c, d = tt1, a, _turned(b, 9), c
            e, f, g, h = tt2 ^ _turned(tt2, 9) ^ _turned(tt2, 17), e, _turned(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]  # noqa: B905  both have eight; older Pythons do not know it
    return b"".join(word.to_bytes(4, "big") for word in state)


def sha256(data: bytes) -> bytes:
    """The SHA-256 digest of *data*."""
    return hashlib.sha256(data).digest()


HASHES: Dict[str, Callable[[bytes], bytes]] = {"sha256": sha256, "sm3": sm3}  # noqa: UP006  it runs on older Pythons, too

# --- Ed25519 by RFC 8032: verifying only ---

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = Tuple[int, int, int, int]  # noqa: UP006  it runs on older Pythons, too


def _added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = _added(found, point)
        point, factor = _added(point, point), factor >> 1
    return found


def _point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (not x and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _bytes_of(point: Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE = _point(_BASE_Y.to_bytes(32, "little"))


def ed25519(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether *signature* is that of *data* by the key *public*."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or _BASE is None or s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + data).digest(), "little") % _L
    x, y, z, t = _times(k, key)
    return _bytes_of(_added(_times(s, _BASE), (_P - x, y, z, _P - t))) == signature[:32]


# --- notes and checkpoints (C2SP signed-note, tlog-checkpoint) ---


class Key(NamedTuple):
    """A public key: `kind` 1 is Ed25519. `checks` tells of the key, a signature and a text whether they belong together; None where
    keys of this kind are not known here."""

    name: str
    hash: bytes
    kind: int
    public: bytes
    checks: Callable[[bytes, bytes, bytes], bool] | None


class Checkpoint(NamedTuple):
    """What was signed."""

    origin: str
    size: int
    root: bytes
    hash: str


def read_key(text: str) -> Key:
    """The key on a line `NAME+HASH+BASE64`. Raises `Wrong`."""
    parts = text.strip().split("+", 2)
    public = _unbased(parts[2]) if len(parts) == 3 and _is_text(text) else None
    if not public:
        raise Wrong("公钥应为一行 NAME+HASH+BASE64", "a public key is one line NAME+HASH+BASE64")
    hashed = sha256(parts[0].encode() + b"\n" + public)[:4]
    if hashed.hex() != parts[1]:
        raise Wrong("公钥的名称与哈希不符", "the key's name and hash do not belong together")
    return Key(parts[0], hashed, public[0], public[1:], ed25519 if public[0] == ED25519 else None)


def read_checkpoint(note: str, key: Key) -> Checkpoint:
    """What *note* says, when *key* signed it. Raises `Wrong`."""
    text, blank, below = note.rpartition("\n\n")
    if not blank or not below.endswith("\n"):
        raise Wrong("不是检查点", "this is no checkpoint")
    text += "\n"
    mine = [found for line in below.splitlines() for found in [_signature(line, key)] if found]
    if not mine:
        raise Unsigned(f"检查点没有 {key.name} 的签名", f"the checkpoint is not signed by {key.name}")
    if key.checks is None:
        raise Uncheckable("此处无法核验该签名算法（如 SM2）：不能视为通过", "this kind of signature (SM2, say) is not checkable here: it is not verified")
    if not any(key.checks(key.public, one, text.encode()) for one in mine):
        raise Wrong("检查点的签名不成立", "the signature of the checkpoint does not hold")
    lines = text.splitlines()
    said = dict(line.split(" ", 1) for line in lines[3:] if " " in line)
    root = _unbased(lines[2]) if len(lines) > 2 else None
    if root is None or len(root) != 32 or not (lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 16) or said.get("hash", "sha256") not in HASHES:
        raise Wrong("签名成立，但所签的不是检查点", "the signature holds, and what was signed is no checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root, said.get("hash", "sha256"))


def _signature(line: str, key: Key) -> bytes | None:
    parts = line.split(" ")
    data = _unbased(parts[2]) if len(parts) == 3 and parts[:2] == ["\u2014", key.name] else None
    return data[4:] if data is not None and data[:4] == key.hash else None


def _unbased(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def under_one(keys: Sequence[Key], look: Callable[[Key], Found]) -> Found:
    """What *look* finds under that one of *keys* that signed it. Raises `Wrong`; `Uncheckable` where one of them may have, `Unsigned` where
    none of them did."""
    refused = Wrong("没有公钥", "there is no key")
    first = True
    for key in keys:
        try:
            return look(key)
        except Wrong as wrong:
            if first or not (isinstance(refused, Uncheckable) or isinstance(wrong, Unsigned)):
                refused = wrong
            first = False
    raise refused


# --- the tree (RFC 6962; RFC 9162 §2.1.3.2) ---


def root_of(digest: Callable[[bytes], bytes], leaf: int, size: int, content: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that *path* leads to from leaf number *leaf* with this *content*; None where there is no such path."""
    if not 0 <= leaf < size:
        return None
    number, last, found = leaf, size - 1, digest(b"\x00" + content)
    for one in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            found = digest(b"\x01" + one + found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = digest(b"\x01" + found + one)
        number, last = number >> 1, last >> 1
    return found if last == 0 else None


# --- the verdict ---


class Shown(NamedTuple):
    """What an entry shows of the record it is about: fields, each with the kind or event it is of, its path, and a list of its value; the
    bytes."""

    fields: List[Tuple[str, str, List[Any]]]  # noqa: UP006  it runs on older Pythons, too
    content: bytes | None


class Told(NamedTuple):
    """What was found: the checkpoint, and the entries as they are in it, each the list that its leaf holds; and what each shows of its
    record, None where it shows nothing."""

    checkpoint: Checkpoint
    entries: List[List[Any]]  # noqa: UP006  it runs on older Pythons, too
    shown: List[Shown | None]  # noqa: UP006  it runs on older Pythons, too


def check(proof: Any, key: Key) -> Told:
    """Check a whole proof. Raises `Wrong` at the first claim that does not hold."""
    if not isinstance(proof, dict) or proof.get("format") != FORM:
        raise Wrong(f"不是 {FORM} 格式的证明文件", f"this is no proof of the form {FORM}")
    note, given = proof.get("checkpoint"), proof.get("entries")
    if not isinstance(note, str) or not isinstance(given, list) or not given:
        raise Wrong("证明文件不完整", "the proof is not whole")
    said = read_checkpoint(note, key)
    if proof.get("hash") != said.hash:
        raise Wrong("证明文件所写的哈希算法与检查点不符", "the proof names another hash function than the checkpoint")
    entries = [_entry(one, said) for one in given]
    return Told(said, entries, [shown(one["record"], entry, said.hash) if "record" in one else None for one, entry in zip(given, entries)])  # noqa: B905  both have as many; older Pythons do not know it


def _entry(one: Any, said: Checkpoint) -> List[Any]:  # noqa: UP006  it runs on older Pythons, too
    try:
        leaf, content, path = one["leaf"], one["content"], [bytes.fromhex(each) for each in one["path"]]
        entry, written = json.loads(content), content.encode()
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise Wrong("证明文件不完整", "the proof is not whole") from None
    if type(leaf) is not int or not isinstance(entry, list) or [type(each) for each in entry] != _TYPES or entry[0] != ENTRY or any(len(each) != 32 for each in path):
        raise Wrong(f"第 {leaf} 号不是日志条目", f"leaf {leaf} is no entry of a journal")
    if root_of(HASHES[said.hash], leaf, said.size, written, path) != said.root:
        raise Wrong(f"第 {entry[2]} 条不在该检查点的日志中，或已被改动", f"entry {entry[2]} is not in the log of this checkpoint, or was altered")
    return entry


def shown(record: Any, entry: Sequence[Any], kind: str) -> Shown:
    """What *record* shows, if it is what *entry* binds us to. Raises `Wrong`."""
    digest, content = HASHES[kind], None
    fields: List[Tuple[str, str, List[Any]]] = []  # noqa: UP006  it runs on older Pythons, too
    try:
        raw = record["raw"]
        if isinstance(raw, dict):
            content = base64.b64decode(raw["content"], validate=True)
            value = digest(b"guantong-raw/1\x00" + _hex(raw["salt"], 16) + content)
        else:
            value = _hex(raw, 32)
        if "groups" in record:
            groups = b"".join([_group(one, digest, fields) for one in record["groups"]])
            value = digest(b"guantong-record/1\x00" + value + record["natives"].to_bytes(4, "big") + groups)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise Wrong(f"第 {entry[2]} 条所附的报文字段不完整", f"what entry {entry[2]} shows of its record is not whole") from None
    if value.hex() != entry[12]:
        raise Wrong(f"第 {entry[2]} 条所附的内容不是当时受理的", f"what entry {entry[2]} shows is not what was accepted")
    return Shown(fields, content)


def _group(one: Any, digest: Callable[[bytes], bytes], fields: List[Tuple[str, str, List[Any]]]) -> bytes:  # noqa: UP006  it runs on older Pythons, too
    """The digest of a group, whose fields that are shown come to *fields*. Raises `TypeError`, `ValueError` and `KeyError`."""
    if not isinstance(one, dict):
        return _hex(one, 32)
    name = json.loads(one["name"])
    if not isinstance(name, str):
        raise TypeError("a name")
    return digest(b"guantong-group/1\x00" + one["name"].encode() + b"".join([_field(each, name, digest, fields) for each in one["fields"]]))


def _field(one: Any, name: str, digest: Callable[[bytes], bytes], fields: List[Tuple[str, str, List[Any]]]) -> bytes:  # noqa: UP006  it runs on older Pythons, too
    if not isinstance(one, dict):
        return _hex(one, 32)
    path = json.loads(one["text"])
    if not isinstance(path, list) or len(path) not in (1, 2) or not isinstance(path[0], str):
        raise TypeError("a field")
    fields.append((name, path[0], path[1:]))
    return digest(_hex(one["salt"], 16) + one["text"].encode())


def _hex(text: str, size: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != size:
        raise ValueError("a hash")
    return found


def gaps(entries: Sequence[Sequence[Any]]) -> List[int]:  # noqa: UP006  it runs on older Pythons, too
    """Numbers of entries that others name as the one before them, and that are not there."""
    there = {entry[2] for entry in entries}
    return sorted({entry[3] for entry in entries if entry[3]} - there)


def plain(text: str) -> str:
    """*text* as it may stand on a screen: what could move the cursor, turn the direction of writing or draw a line of its own is written
    as its number. A source chooses what it calls its fields."""
    return "".join(one if one.isprintable() or one == "\u3000" else f"\\u{ord(one):04x}" for one in text)


def _is_text(text: str) -> bool:
    """Whether there are whole characters only: JSON can hold halves of some."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def on_any_screen() -> None:
    """Have what a screen cannot show (the console of an old Windows) written as its number, not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(words: Sequence[str]) -> int:
    """Run the check; the exit status."""
    on_any_screen()
    files, options = [], {"--key": "", "--against": ""}
    left = list(words)
    while left:
        word = left.pop(0)
        if word in options and left:
            options[word] = left.pop(0)
        else:
            files.append(word)
    if len(files) != 1 or files[0].startswith("-"):
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        return _main(files[0], options["--key"], options["--against"])
    except OSError as error:
        sys.stderr.write(f"无法读取 cannot read {error.filename}: {error.strerror}\n")
        return 2
    except Wrong as error:
        sys.stdout.write(f"{'!' if isinstance(error, Uncheckable) else '✗'} {plain(str(error))}\n")
        return 1


def _main(file: str, key: str, against: str) -> int:
    try:
        proof = json.loads(_text(file))
    except (ValueError, RecursionError):
        raise Wrong("证明文件不是 JSON，或不完整", "the proof is no JSON, or not whole") from None
    given = key if key.count("+") >= 2 else _text(key) if key else str(proof.get("key", "")) if isinstance(proof, dict) else ""
    keys = [read_key(line) for line in given.splitlines() if line.strip()] or [read_key("")]
    told = under_one(keys, lambda key: check(proof, key))
    said = told.checkpoint
    sys.stdout.write(f"✓ 检查点 checkpoint: {plain(said.origin)}，{said.size} 条 entries，{said.hash} {said.root.hex()}\n")
    if against:
        if f"{proof['checkpoint']}\n" not in _text(against).replace("\r\n", "\n") + "\n":
            raise Wrong("该检查点不在所给的文件中", "this checkpoint does not stand in the file that was given")
        sys.stdout.write("✓ 与外部保存的检查点逐字相同 · it stands letter for letter among those kept outside\n")
    for entry, record in zip(told.entries, told.shown):  # noqa: B905  both have as many; older Pythons do not know it
        sys.stdout.write(plain(f"✓ {entry[2]}  {entry[5]}  {entry[9] or '-'}  {entry[10] or '-'}  {entry[11]}") + "\n")
        for name, path, value in record.fields if record else ():
            sys.stdout.write(plain(f"  ✓ {name}  {path} = {json.dumps(value[0], ensure_ascii=False) if value else '…'}") + "\n")
        if record and record.content is not None:
            sys.stdout.write(f"  ✓ 原始字节 bytes: {len(record.content)}，SHA-256 {sha256(record.content).hex()}\n")
    missing = gaps(told.entries)
    if missing and len(told.entries) > 1:
        sys.stdout.write(f"  其上一条不在此文件中 named as the one before, and not in this file: {', '.join(map(str, missing))}\n")
    if not key:
        sys.stdout.write("! 公钥取自证明文件本身：请与另行取得的公钥对照（--key） · the key is the proof's own: hold it against one you got elsewhere\n")
        return 1
    sys.stdout.write(f"✓ {len(told.entries)} 条核验通过 · {len(told.entries)} entries verified\n")
    return 0


def _text(file: str) -> str:
    with open(file, "rb") as stream:
        data = stream.read(MOST)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong(f"{file} 不是 UTF-8 文本", f"{file} is not text in UTF-8") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
