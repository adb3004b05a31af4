"""The page and the Python file say the same: of the standards' own examples, of honest packs, of every forgery; offline, in a real browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.desk import Desk
from tests.journey.world import configured
from tests.pack.browser import opened
from tests.pack.forgeries import FORGED_FILES, FORGERIES, NO_PACKS
from tests.pack.office import Office, altered, contents, lived, repacked
from tests.proof.evidence import KEY
from tests.proof.test_standalone import RFC_8032

from guantong.cli import audit_export
from guantong.pack.assembled import verify_html, verify_script
from guantong.pack.checking import check_pack
from guantong.pack.telling import as_json
from guantong.proof import standalone
from guantong.proof.consistency import consistency
from guantong.proof.hashing import HASHES
from guantong.proof.inclusion import inclusion
from guantong.proof.note import SigningKey, new_key
from guantong.proof.tiles import grow
from guantong.proof.tree import root

RUN = """
const answers = {};
for (const [name, job] of Object.entries(JSON.parse(require("fs").readFileSync(0, "utf8")))) answers[name] = tried(job);
console.log(JSON.stringify(answers));
"""


def asked(folder: Path, jobs: Mapping[str, Any], tried: str) -> dict[str, Any]:
    """What the page's script answers to each of *jobs*, by the function *tried*. Skips where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node here")
    (folder / "run.js").write_text(f"{verify_script()}\nconst tried = {tried};\n{RUN}", encoding="utf-8")
    done = subprocess.run([node, "run.js"], cwd=folder, input=json.dumps(jobs), capture_output=True, text=True, check=False, encoding="utf-8")  # noqa: S603  our own file
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_its_hashes_and_signatures_are_those_of_the_standards(tmp_path: Path) -> None:
    """FIPS 180-4, GB/T 32905, RFC 8032; over bytes of every length round a block, and in pieces."""
    chance = random.Random(180)  # noqa: S311  any bytes do, the same each time
    texts = [chance.randbytes(length) for length in (*range(9), *range(53, 67), *range(110, 130), 1000)]
    found = asked(tmp_path, {str(at): one.hex() for at, one in enumerate(texts)}, """(text) => {
        const data = unhex(text), pieces = new Sha256();
        for (let at = 0; at < data.length; at += 7) pieces.update(data.subarray(at, at + 7));
        return [hex(sha256(data)), hex(sha512(data)), hex(digestOf("sm3")(data)), hex(pieces.digest())];
    }""")
    for at, one in enumerate(texts):
        sha256 = hashlib.sha256(one).hexdigest()
        assert found[str(at)] == [sha256, hashlib.sha512(one).hexdigest(), standalone.sm3(one).hex(), sha256]
    found = asked(tmp_path, {"a": b"abc".hex(), "b": (b"abcd" * 16).hex()}, "(text) => hex(digestOf('sm3')(unhex(text)))")
    assert found == {"a": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
                     "b": "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}
    signed: dict[str, tuple[str, str, str]] = {}
    for public, message, signature in RFC_8032:
        malleable = signature[:64] + (int.from_bytes(bytes.fromhex(signature[64:]), "little") + standalone._L).to_bytes(32, "little").hex()
        flipped = f"{int(signature[0], 16) ^ 1:x}{signature[1:]}"
        for tried in ((public, message, signature), (public, message + "00", signature), (public, message, malleable), (public, message, flipped),
                    ("ff" * 32, message, signature), (public[:62], message, signature), (public, message, signature[:126]), ("00" * 32, message, signature)):
            signed["|".join(tried)] = tried
    found = asked(tmp_path, signed, "([key, message, signature]) => ed25519(unhex(key), unhex(signature), unhex(message))")
    assert found == {name: standalone.ed25519(bytes.fromhex(key), bytes.fromhex(signature), bytes.fromhex(message))
                     for name, (key, message, signature) in signed.items()}
    assert sum(found.values()) == len(RFC_8032)


@pytest.mark.parametrize("kind", ["sha256", "sm3"])
def test_its_trees_are_those_of_the_standard(tmp_path: Path, kind: str) -> None:
    """RFC 6962: every leaf of small trees, and every earlier size; each also with a path that is none."""
    hashing = HASHES[kind]
    jobs: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    leaves = [f"leaf {number}".encode() for number in range(13)]
    for size in range(1, len(leaves) + 1):
        tiles = {(one.level, one.number): one.hashes for one in grow(hashing, 0, [], b"".join(hashing.leaf(leaf) for leaf in leaves[:size]))}
        at = lambda level, number, tiles=tiles: tiles[level, number]
        top = root(hashing, at, size).hex()
        for number in range(size):
            path = [one.hex() for one in inclusion(hashing, at, number, size)]
            for name, tried in (("", path), ("+", [*path, "00" * 32]), ("-", path[:-1])):
                jobs[f"i{size}.{number}{name}"] = {"leaf": number, "size": size, "content": leaves[number].hex(), "path": tried}
                leads = standalone.root_of(hashing.digest, number, size, leaves[number], [bytes.fromhex(one) for one in tried])
                expected[f"i{size}.{number}{name}"] = leads.hex() if leads is not None else None
            assert expected[f"i{size}.{number}"] == top
        for older in range(1, size + 1):
            path = [one.hex() for one in consistency(hashing, at, older, size)]
            before = root(hashing, at, older).hex()
            for name, was, tried in (("", before, path), ("x", "00" * 32, path), ("+", before, [*path, top])):
                jobs[f"c{size}.{older}{name}"] = {"older": older, "was": was, "size": size, "root": top, "path": tried}
                expected[f"c{size}.{older}{name}"] = name == ""
    found = asked(tmp_path, jobs, f"""(job) => {{
        if ("was" in job) return contains("{kind}", job.older, unhex(job.was), job.size, unhex(job.root), job.path.map(unhex));
        const found = rootOf("{kind}", job.leaf, job.size, unhex(job.content), job.path.map(unhex));
        return found === null ? null : hex(found);
    }}""")
    assert found == expected


TRIED = "(job) => { const f = checkPack(new Uint8Array(Buffer.from(job.pack, 'base64')), job.key, job.outside, job.exported); delete f.rows; delete f.values; return tidy(f); }"
TIDY = "const tidy = (f) => ({...f, claims: f.claims.map(({claim, verdict, says, zh, en}) => ({claim, verdict, says, zh, en}))});\n"


def same_verdicts(folder: Path, packs: Mapping[str, tuple[bytes, str, str]], exported: str = "") -> dict[str, Any]:
    """Both verifiers say the same of each, letter for letter; what they say."""
    jobs = {name: {"pack": base64.b64encode(pack).decode(), "key": key, "outside": outside, "exported": exported}
            for name, (pack, key, outside) in packs.items()}
    found = asked(folder, jobs, f"(() => {{ {TIDY} return {TRIED}; }})()")
    expected = {name: as_json(check_pack(io.BytesIO(pack), key, outside, exported)) for name, (pack, key, outside) in packs.items()}
    assert found == expected
    return expected


def test_both_verifiers_say_the_same_of_every_pack(pack: bytes, lived_in: Office, tmp_path: Path) -> None:
    """Honest, altered, foreign, hostile; whatever key and checkpoints are given."""
    key, outside = KEY.verifier.text, lived_in.outside
    other = SigningKey(new_key("city.example/other"))
    packs = {"honest": (pack, key, outside), "own key": (pack, "", ""), "no key": (pack, "nonsense", ""), "other key": (pack, other.verifier.text, ""),
             "two keys": (pack, f"{other.verifier.text}\n{key}\n", ""), "other log": (pack, key, other.sign("city.example/other\n1\nAAAA\n")),
             "older": (pack, key, outside[:outside.index("\n\n", outside.index("\n\n") + 2)] + "\n"), "text": (pack, key, "text"),
             "windows": (pack, key + "\r\n", outside.replace("\n", "\r\n"))}
    packs |= {f"none {at}": (change(pack), key, "") for at, (change, _) in enumerate(NO_PACKS)}
    packs |= {f"forged {at}": (altered(pack, name, change), key, outside) for at, (name, change, _) in enumerate(FORGERIES)}
    packs |= {f"files {at}": (repacked(change(contents(pack))), key, outside) for at, (change, _) in enumerate(FORGED_FILES)}
    chance = random.Random(35)  # noqa: S311  any places do, the same each time
    for at in chance.sample(range(len(pack)), 25):
        changed = bytearray(pack)
        changed[at] ^= 1 << chance.randrange(8)
        packs[f"bit {at}"] = (bytes(changed), key, outside)
    same_verdicts(tmp_path, packs)


def test_both_verifiers_say_the_same_under_sm3_and_of_merged_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest has SM3, too, then."""
    monkeypatch.setattr(audit_export, "configuration", lambda home: configured(home, {}))
    office = lived(tmp_path / "home", "sm3")
    packs = {}
    for number, words in (("P1", ()), ("P2", ("--as", "陈工")), ("M2", ())):
        made = office.export(number, *words, name=f"{number}.zip").read_bytes()
        assert all("sm3" in one for one in json.loads(contents(made)["manifest.json"])["files"])
        packs[number] = (made, KEY.verifier.text, office.outside)
    same_verdicts(tmp_path, packs)


def test_the_line_that_records_an_export_proves_the_whole_pack(office: Office, tmp_path: Path) -> None:
    """Also what only checksums guard otherwise; a proof that does not hold, or is of another pack, proves nothing."""
    made, other = office.export("P1").read_bytes(), office.export("P1", name="other.zip").read_bytes()
    assert office.guantong("audit", "checkpoint", "--now").exit_code == 0
    exported = office.guantong("audit", "proof", "--subject", "P1").stdout
    files = contents(made)
    packs = {"made": (made, KEY.verifier.text, ""), "other": (other, KEY.verifier.text, ""), "own key": (made, "", ""),
             "altered": (repacked({**files, "history.txt": b"what never was"}), KEY.verifier.text, "")}

    def told(proof: str) -> list[str]:
        found = same_verdicts(tmp_path, packs, proof)
        return [one["says"] for name in packs for one in found[name]["claims"] if one["claim"] == "exported"]

    assert told(exported) == ["exported", "exported", "exported", "exported.differs"]
    proof = json.loads(exported)
    earlier = [one for one in proof["entries"] if json.loads(one["content"])[5] != "exported"]
    assert told(json.dumps({**proof, "entries": earlier})) == ["exported.differs"] * 4
    broken: list[Any] = [{**proof, "entries": [{**proof["entries"][0], "leaf": 5}]}, {**proof, "checkpoint": "x"}, {**proof, "format": "x"}, {**proof, "hash": "sm3"}, [], 7]
    for bad in broken:
        assert told(json.dumps(bad)) == ["exported.bad"] * 4
    assert told("{") == ["exported.bad"] * 4


def test_the_page_takes_a_proof_as_the_python_file_does(pack: bytes, tmp_path: Path) -> None:
    """With fields that are shown, and without: verified where that verifies it, and nowhere else."""
    whole = json.loads(contents(pack)["proof.json"])
    first = whole["entries"][0]
    proofs = {"whole": whole, "no entries": {**whole, "entries": []}, "format": {**whole, "format": "x"}, "hash": {**whole, "hash": "sm3"},
              "content": {**whole, "entries": [{**first, "content": first["content"].replace("routed", "refused")}]},
              "path": {**whole, "entries": [{**first, "path": first["path"][1:]}]}, "leaf": {**whole, "entries": [{**first, "leaf": 3}]},
              "checkpoint": {**whole, "checkpoint": whole["checkpoint"].replace("entry", "entrx")}, "nothing": [], "number": 7}
    disclosed = json.loads(contents(pack)["fields.json"])["shown"][0]
    place = next(at for at, one in enumerate(whole["entries"]) if json.loads(one["content"])[2] == disclosed["entry"])
    content = base64.b64encode(contents(pack)["records/M1-received.json"]).decode()
    salt = next(one["salt"] for one in json.loads(contents(pack)["records.json"])["records"] if one["of"] == "M1")
    text = json.dumps(disclosed["record"])
    for name, record in {
        "field": disclosed["record"], "bytes": {**disclosed["record"], "raw": {"salt": salt, "content": content}},
        "other bytes": {**disclosed["record"], "raw": {"salt": salt, "content": content[4:]}}, "no base64": {**disclosed["record"], "raw": {"salt": salt, "content": "?"}},
        "other value": json.loads(text.replace("P1", "P2")), "no record": None, "no groups": {"raw": disclosed["record"]["raw"]},
        "many natives": {**disclosed["record"], "natives": 1 << 40}, "less than none": {**disclosed["record"], "natives": -1},
        "short": {**disclosed["record"], "raw": "00"}, "no text": json.loads(text.replace('"text"', '"test"')),
    }.items():
        entries = [{**one, **({"record": record} if at == place else {})} for at, one in enumerate(whole["entries"])]
        proofs[name] = {**whole, "entries": entries}
    found = asked(tmp_path, proofs, f"(proof) => checkProof(utf8(JSON.stringify(proof)), {json.dumps(KEY.verifier.text)}, '').verified")
    for name, proof in proofs.items():
        try:
            standalone.check(proof, standalone.read_key(KEY.verifier.text))
        except standalone.Wrong:
            assert found[name] is False, name
        else:
            assert found[name] is True, name
    assert [name for name, one in found.items() if one] == ["whole", "field", "bytes"]


def test_the_page_writes_what_cannot_be_seen_as_its_number(tmp_path: Path) -> None:
    """As the Python file does: a value must not turn round what stands beside it."""
    texts = ["张\u202e三", "a\u200bb", "x\u2028y", "\x1b[2J", "\u3000 李", "a\u00a0b", "\u0000", "名\ue000", "plain ✓"]
    found = asked(tmp_path, {str(at): one for at, one in enumerate(texts)}, "plain")
    assert found == {str(at): standalone.plain(one) for at, one in enumerate(texts)}
    assert found["0"] == "张\\u202e三"
    assert verify_script().count("textContent = plain(") + verify_script().count("textContent: plain(") == verify_script().count("textContent")


def test_the_page_is_one_file_that_reaches_for_nothing(office: Office) -> None:
    """No address in it, no other script than the one its policy names; the command prints it, and every pack brings it."""
    page = Desk.anywhere("audit", "verifier", "--html").stdout
    assert page == verify_html() == contents(office.export("P1").read_bytes())["verify.html"].decode()
    assert re.findall(r"https?://|//[a-z]+\.|@import|url\(|<link|<img|<iframe|src=", page) == []
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    script, style = (re.findall(f"<{one}>(.*)</{one}>", page, re.DOTALL)[0] for one in ("script", "style"))
    named = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in (script, style)]
    assert policy == f"default-src 'none'; script-src 'sha256-{named[0]}'; style-src 'sha256-{named[1]}'; base-uri 'none'; form-action 'none'"
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|fetch\(|XMLHttp|WebSocket|import\(", script) == []


async def test_a_browser_shows_the_verdict_and_asks_nobody(pack: bytes, lived_in: Office, tmp_path: Path) -> None:
    """From a file, with no network: a pack that is verified, one that was altered, a proof."""
    (tmp_path / "verify.html").write_text(verify_html(), encoding="utf-8")
    (tmp_path / "pack.zip").write_bytes(pack)
    (tmp_path / "forged.zip").write_bytes(altered(pack, *FORGERIES[0][:2]))
    (tmp_path / "proof.json").write_bytes(contents(pack)["proof.json"])
    fill = "(id, text) => { const at = document.getElementById(id); at.value = text; at.dispatchEvent(new Event('input')); }"
    async with opened(f"file://{tmp_path}/verify.html") as page:
        for name, verdict in (("pack.zip", "open"), ("forged.zip", "refused"), ("proof.json", "open")):
            await page.value("document.getElementById('result').replaceChildren()")
            await page.value(f"({fill})('key', '')")
            await page.choose("#file", tmp_path / name)
            await page.until(f"document.querySelector('#verdict.{verdict}')")
        await page.choose("#file", tmp_path / "pack.zip")
        await page.value(f"({fill})('key', {json.dumps(KEY.verifier.text)})")
        await page.value(f"({fill})('outside', {json.dumps(lived_in.outside)})")
        await page.until("document.querySelector('#verdict.verified')")
        shown = await page.value("document.getElementById('result').innerText")
        for claim in check_pack(io.BytesIO(pack), KEY.verifier.text, lived_in.outside):
            assert claim.said(0) in shown
            assert claim.said(1) in shown
        assert (await page.picture()).startswith(b"\x89PNG")
        asked_for = {one["params"]["request"]["url"] for one in page.told if one["method"] == "Network.requestWillBeSent"}
        assert asked_for == {f"file://{tmp_path}/verify.html"}
        assert [one for one in page.told if one["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")] == []
