// Checking a pack, or a proof, claim by claim: the same claims, in the same words, as the Python verifier.
"use strict";

const PACKS = ["guantong-pack/1", "guantong-pack/2"], MANIFEST = "guantong-manifest/1";
const CLAIMS = Object.keys(TITLES), OF_PROOFS = ["key", "checkpoint", "outside", "entries", "fields"];
const said = (key, details, language) => SAYS[key][language].replace(/\{(\w+)\}/g, (_, name) => String(details[name]));

/** Every claim of a pack with what came of it; *keys* and *outside* are texts that did not come with it. */
function checkPack(bytes, keys, outside, exported = "") {
  return claimsOf(CLAIMS, (claimed, rows, values) => new Pack(new Archive(bytes), claimed, rows, values).check(keys, outside, exported));
}

/** The same of what `guantong audit proof` printed. */
function checkProof(bytes, keys, outside) {
  return claimsOf(OF_PROOFS, (claimed, rows, values) => {
    const pack = new Pack(null, claimed, rows, values);
    let proof;
    try {
      proof = jsonOf(bytes);
    } catch (error) {
      throw new Bad("entries.form", { number: 0 });
    }
    if (!isObject(proof)) throw new Bad("entries.form", { number: 0 });
    const known = pack.keys(keys, proof), checkpoint = pack.checkpoint(proof, known);
    pack.proved(proof, checkpoint);
    if (!proof.entries.length) claimed("entries", "fails", "entries.form", { number: 0 });
    pack.outside(outside, known, checkpoint, proof.checkpoint, new Map());
    const shown = proof.entries.filter((one) => isObject(one) && "record" in one).map((one) => ({ entry: namedBy(one), record: one.record }));
    pack.shown(shown.map((one) => ({ ...one, of: pack.entries.has(one.entry) ? aboutOf(pack.entries.get(one.entry)) : "?" })), checkpoint.hash);
  });
}

function claimsOf(names, check) {
  const found = new Map(), rows = new Map(), values = [];
  const claimed = (name, verdict, key = name, details = {}) => {
    if (!found.has(name) || ["ok", "none"].includes(found.get(name).verdict)) found.set(name, { claim: name, verdict, says: key, details });
  };
  try {
    check(claimed, rows, values);
  } catch (error) {
    if (error instanceof Bad) claimed(error.key.split(".")[0], "fails", error.key, error.details);
    else if (error instanceof Uncheckable) claimed("checkpoint", "open", "checkpoint.kind", {});
    else if (error instanceof Wrong) claimed("checkpoint", "fails", "checkpoint.bad", { why: error.zh, why_en: error.en });
    else claimed(names[0], "fails", names[0] === "form" ? "form.json" : "key.bad", { name: "?", why: "?", why_en: "?" });
  }
  const claims = names.map((name) => found.get(name) ?? { claim: name, verdict: "open", says: "unchecked", details: {} });
  for (const one of claims) [one.zh, one.en] = [said(one.says, one.details, 0), said(one.says, one.details, 1)];
  const verified = claims.every((one) => ["ok", "none"].includes(one.verdict));
  return { verified, verdict: verified ? "verified" : claims.some((one) => one.verdict === "fails") ? "refused" : "open", claims, rows: [...rows.values()], values };
}

const NAMED = new RegExp(`^(?:${FILES})$`);

class Pack {
  constructor(archive, claimed, entries, values) {
    this.values = values;
    this.archive = archive;
    this.claimed = claimed;
    this.entries = entries;
    this.leaves = new Map();
    this.late = [];
    this.covered = new Set(); // records and attachments that were looked at
  }

  check(keys, outside, exported) {
    const about = this.json("pack.json");
    if (!PACKS.includes(about.format)) throw new Bad("form.foreign");
    const proof = this.json("proof.json"), records = this.json("records.json");
    this.manifest();
    this.claimed("form", "ok", "form", { count: this.archive.members.size });
    const known = this.keys(keys, proof), checkpoint = this.checkpoint(proof, known), roots = this.consistency(checkpoint, known);
    this.proved(proof, checkpoint);
    this.outside(outside, known, checkpoint, proof.checkpoint, roots);
    this.journal();
    this.chain(about);
    this.bytes(about, records, checkpoint.hash);
    const listed = this.json("fields.json").shown;
    if (!Array.isArray(listed) || !listed.every(isObject)) throw new Bad("form.json", { name: "fields.json" });
    this.shown(listed, checkpoint.hash);
    this.exported(exported, known);
  }

  json(name) {
    const body = this.archive.read(name);
    let found;
    try {
      found = jsonOf(body);
    } catch (error) {
      throw new Bad("form.json", { name });
    }
    if (!isObject(found)) throw new Bad("form.json", { name });
    return found;
  }

  digest(kind, name) {
    const hashed = hashing(kind);
    this.archive.feed(name, (piece) => hashed.update(piece));
    return hex(hashed.digest());
  }

  manifest() {
    const told = this.json("manifest.json"), left = new Set(this.archive.members.keys());
    left.delete("manifest.json");
    if (told.format !== MANIFEST || !Array.isArray(told.files) || !told.files.every(isObject)) throw new Bad("form.json", { name: "manifest.json" });
    for (const one of told.files) {
      if (!left.has(one.name)) {
        this.claimed("manifest", "fails", "manifest.lacks", { name: typeof one.name === "string" ? [...one.name].slice(0, 200).join("") : "?" });
        continue;
      }
      left.delete(one.name);
      if (one.bytes !== this.archive.members.get(one.name).size || one.sha256 !== this.digest("sha256", one.name)
        || ("sm3" in one && one.sm3 !== this.digest("sm3", one.name))) this.claimed("manifest", "fails", "manifest.differs", { name: one.name });
    }
    for (const name of [...left].sort()) this.claimed("manifest", "fails", "manifest.more", { name });
    for (const name of [...this.archive.members.keys()].sort()) if (!NAMED.test(name)) this.claimed("manifest", "fails", "manifest.foreign", { name });
    this.claimed("manifest", "ok", "manifest", { count: told.files.length });
  }

  keys(text, proof) {
    const given = linesOf(text).filter((line) => line.trim());
    let found;
    try {
      found = (given.length ? given : [typeof proof.key === "string" ? proof.key : ""]).map(readKey);
    } catch (wrong) {
      if (!(wrong instanceof Wrong)) throw wrong;
      throw new Bad("key.bad", { why: wrong.zh, why_en: wrong.en });
    }
    if (given.length) this.claimed("key", "ok", "key", { name: [...new Set(found.map((one) => one.name))].sort().join(", ") });
    else this.claimed("key", "open", "key.own");
    return found;
  }

  checkpoint(proof, keys) {
    if (proof.format !== PROOF || typeof proof.checkpoint !== "string" || !Array.isArray(proof.entries))
      throw this.archive ? new Bad("form.json", { name: "proof.json" }) : new Bad("entries.form", { number: 0 });
    const told = believed(proof.checkpoint, keys);
    if (proof.hash !== told.hash) throw new Bad("checkpoint.hash");
    this.claimed("checkpoint", "ok", "checkpoint", { origin: told.origin, size: told.size, hash: told.hash, root: hex(told.root) });
    return told;
  }

  consistency(checkpoint, keys) {
    const listed = this.json("consistency.json").earlier, roots = new Map();
    if (!Array.isArray(listed)) throw new Bad("form.json", { name: "consistency.json" });
    listed.forEach((one, at) => {
      let earlier, path;
      try {
        [earlier, path] = [believed(one.checkpoint, keys), one.path.map(unhex)];
      } catch (error) {
        const key = error instanceof Uncheckable ? "consistency.kind" : error instanceof Unsigned ? "consistency.key" : "consistency.bad";
        this.claimed("consistency", key === "consistency.bad" ? "fails" : "open", key, { number: at + 1 });
        return;
      }
      if (earlier.hash !== checkpoint.hash || !contains(checkpoint.hash, earlier.size, earlier.root, checkpoint.size, checkpoint.root, path))
        this.claimed("consistency", "fails", "consistency.bad", { number: at + 1 });
      else roots.set(earlier.size, earlier.root);
    });
    this.claimed("consistency", roots.size ? "ok" : "none", roots.size ? "consistency" : "consistency.none", { count: roots.size });
    return roots;
  }

  proved(proof, checkpoint) {
    proof.entries.forEach((one, at) => {
      const number = at + 1;
      let entry;
      try {
        entry = entryOf(one, checkpoint);
      } catch (error) {
        const named = namedBy(one);
        this.claimed("entries", "fails", named === null ? "entries.form" : "entries.bad", { number, entry: named });
        return;
      }
      const row = entry.slice(2);
      if (!isRow(row)) this.claimed("entries", "fails", "entries.form", { number });
      else if (this.entries.has(row[0])) this.claimed("entries", "fails", "entries.twice", { entry: row[0] });
      else [this.entries, this.leaves].forEach((map, which) => map.set(row[0], which ? one.leaf : row));
    });
    this.claimed("entries", "ok", "entries", { count: this.entries.size });
  }

  outside(text, keys, checkpoint, note, roots) {
    if (!text) {
      this.claimed("outside", "none", "outside.none");
      return;
    }
    const notes = notesIn(text), names = new Set(keys.map((key) => key.name)), first = (one) => one.slice(0, one.indexOf("\n"));
    const ours = notes.filter((one) => names.has(first(one))), known = new Map([...roots, [checkpoint.size, checkpoint.root]]);
    let best = 0, bad = 0;
    for (const one of ours) {
      let other;
      try {
        other = believed(one, keys);
      } catch (wrong) {
        if (!(wrong instanceof Wrong)) throw wrong;
        if (!(wrong instanceof Uncheckable)) bad++; // what cannot be checked here proves nothing, and forges nothing
        continue;
      }
      if (!known.has(other.size)) continue;
      if (!same(other.root, known.get(other.size)) || other.hash !== checkpoint.hash) this.claimed("outside", "fails", "outside.fork", { size: other.size });
      else best = Math.max(best, other.size);
    }
    const covered = [...this.leaves.values()].filter((leaf) => leaf < best).length;
    if (bad) this.claimed("outside", "fails", "outside.bad", { count: bad });
    if (!ours.length) this.claimed("outside", "fails", notes.length ? "outside.other" : "outside.text", { origin: notes.length ? [...first(notes[0])].slice(0, 100).join("") : "" });
    else if (ours.includes(note) && best === checkpoint.size) this.claimed("outside", "ok");
    else if (best && covered) this.claimed("outside", "ok", "outside.older", { size: best, covered, left: this.leaves.size - covered });
    else this.claimed("outside", "open", "outside.apart");
  }

  journal() {
    const left = new Map(this.entries), rows = [], whole = this.archive.read("journal.jsonl"), lines = split(whole);
    if (whole.length && whole.at(-1) !== 10) this.claimed("journal", "fails", "journal.form", { number: lines.length + 1 });
    for (let number = 1; number <= lines.length; number++) {
      let row, leaf;
      try {
        const told = jsonOf(lines[number - 1]);
        row = COLUMNS.map((name) => told[name]);
        leaf = told.leaf;
        if (!isRow(row) || !(leaf === null || isWhole(leaf)) || !same(lines[number - 1], asLine(row, leaf))) throw new TypeError("row");
      } catch (error) {
        this.claimed("journal", "fails", "journal.form", { number });
        return;
      }
      rows.push(row);
      if (left.has(row[0])) {
        const known = left.get(row[0]);
        left.delete(row[0]);
        if (!known.every((one, at) => one === row[at]) || leaf !== this.leaves.get(row[0])) this.claimed("journal", "fails", "journal.differs", { entry: row[0] });
      } else if (leaf === null && !this.entries.has(row[0])) {
        this.late.push(row[0]);
      } else {
        this.claimed("journal", "fails", "journal.differs", { entry: row[0] });
      }
    }
    if (left.size) this.claimed("journal", "fails", "journal.lacks", { entry: Math.min(...left.keys()) });
    if (!same(this.archive.read("journal.csv"), utf8(asCsv(rows)))) this.claimed("journal", "fails", "journal.csv");
    this.claimed("journal", "ok");
    if (this.late.length)
      this.claimed("entries", "open", "entries.unproved", { count: this.entries.size, late: this.late.length,
        which: this.late.slice(0, 8).map((one) => `E${one}`).join(", ") + (this.late.length > 8 ? "…" : "") });
  }

  chain(about) {
    const cases = about.cases, named = new Set();
    if (!Array.isArray(cases) || !cases.every(isWhole)) throw new Bad("form.json", { name: "pack.json" });
    if (!cases.length) {
      const of = Math.min(...[...this.entries.values()].map((row) => row[4] || Infinity)); // nobody signed that there is no case
      this.claimed("chain", of < Infinity ? "open" : "none", of < Infinity ? "chain.untold" : "chain.none", { case: of });
      return;
    }
    const messages = new Set([...this.entries.values()].filter((row) => row[4]).map((row) => row[5]));
    for (const row of this.entries.values()) {
      if (!row[4]) {
        named.add(row[0]);
        if (!row[5] || !messages.has(row[5])) this.claimed("chain", "fails", "chain.foreign", { entry: row[0] });
      }
      for (const [previous, subject] of predecessors(row)) {
        named.add(previous);
        const other = this.entries.get(previous);
        if (other === undefined || previous >= row[0]) this.claimed("chain", "fails", "chain.gap", { entry: row[0], previous });
        else if (other[4] !== subject) this.claimed("chain", "fails", "chain.other", { entry: row[0], previous });
      }
    }
    const order = (one, other) => one - other, heads = [...this.entries.keys()].filter((one) => !named.has(one)).sort(order);
    const subjects = heads.map((one) => this.entries.get(one)[4]).sort(order), wanted = [...cases].sort(order);
    if (heads.length !== cases.length || subjects.some((one, at) => one !== wanted[at]))
      this.claimed("chain", "fails", "chain.heads", { count: heads.length, expected: cases.length });
    this.claimed("chain", "ok", "chain", { head: heads.map((one) => `E${one}`).join(", ") });
  }

  bytes(about, records, kind) {
    const listed = records.records;
    if (!Array.isArray(listed) || !listed.every(isObject)) throw new Bad("form.json", { name: "records.json" });
    if (about.masked === true) {
      this.nothingMore();
      this.claimed("bytes", "none", "bytes.masked");
      return;
    }
    const rows = [...this.entries.values()], bound = new Set(rows.filter((row) => row[10]).map(aboutOf)), pruned = new Set(rows.flatMap(forgotten));
    let count = 0, gone = 0;
    for (const one of listed) {
      const [of, why] = [one.of, one.why].map((value) => typeof value === "string" ? [...value].slice(0, 200).join("") : "?");
      if ("committed" in one) {
        count++;
        try {
          this.record(of, one, kind);
        } catch (error) {
          const told = error instanceof Bad && error.key.startsWith("bytes");
          this.claimed("bytes", "fails", told ? error.key : "bytes.entry", told ? { of, ...error.details } : { of });
        }
      } else if (bound.has(of) && why === "pruned" && pruned.has(of) && !("file" in one)) {
        gone++;
      } else if (bound.has(of) || "file" in one) {
        this.covered.add(one.file); // what is said of it is that it is not proved
        this.claimed("bytes", "open", "bytes.lacks", { of, why });
      }
      bound.delete(of);
    }
    for (const of of [...bound].sort()) this.claimed("bytes", "open", "bytes.lacks", { of, why: "?" });
    this.nothingMore();
    this.claimed("bytes", count || gone ? "ok" : "none", gone ? "bytes.gone" : count ? "bytes" : "bytes.none", { count, gone });
  }

  /** That no record or attachment lies in the pack that nobody looked at: people read what is there. */
  nothingMore() {
    for (const name of [...this.archive.members.keys()].sort())
      if (/^(records|attachments)\//.test(name) && !this.covered.has(name)) this.claimed("bytes", "fails", "bytes.more", { name });
  }

  /** Single values, each held against what bound us to it when it was accepted. */
  shown(listed, kind) {
    let count = 0, content = false;
    for (const one of listed) {
      const of = typeof one.of === "string" ? [...one.of].slice(0, 200).join("") : "?", row = isWhole(one.entry) ? this.entries.get(one.entry) : undefined;
      try {
        if (row === undefined || aboutOf(row) !== of) throw new Bad("fields.bad");
        const found = shownOf(one.record, ["", "", ...row], kind);
        count += found.fields.length;
        content ||= found.content !== null;
        this.values.push(...found.fields.map((field) => [row[0], of, ...field]));
      } catch (error) {
        if (!(error instanceof Bad || error instanceof Wrong)) throw error;
        this.claimed("fields", "fails", "fields.bad", { of });
      }
    }
    this.claimed("fields", count || content ? "ok" : "none", count || content ? "fields" : "fields.none", { count });
  }

  /** The whole, held against what the journal says was exported. */
  exported(text, keys) {
    if (!text) {
      this.claimed("exported", "none", "exported.none");
      return;
    }
    let entries = [], wrong = new Wrong("证明文件不完整", "the proof is not whole");
    for (const key of keys) {
      try {
        entries = entriesOf(jsonOf(utf8(text)), key);
      } catch (error) {
        if (error instanceof Wrong && !(wrong instanceof Uncheckable)) wrong = error;
      }
    }
    if (!entries.length) {
      this.claimed("exported", wrong instanceof Uncheckable ? "open" : "fails", "exported.bad", { why: wrong.zh, why_en: wrong.en });
      return;
    }
    const digest = hex(sha256(this.archive.bytes));
    const same = entries.find((entry) => entry[5] === "exported" && detailOf(entry)?.sha256 === digest);
    if (same) this.claimed("exported", "ok", "exported", { entry: same[2] });
    else this.claimed("exported", "fails", "exported.differs");
  }

  record(of, one, kind) {
    const row = isWhole(one.entry) ? this.entries.get(one.entry) : undefined;
    if (row === undefined || aboutOf(row) !== of) throw new Bad("bytes.entry");
    const hashed = hashing(kind).update(joined(RAW, unhex(one.salt)));
    if (!this.archive.members.has(one.committed)) throw new Bad("bytes.differs", { entry: row[0] });
    this.archive.feed(one.committed, (piece) => hashed.update(piece));
    if (hex(valueOf(hashed.digest(), one, kind)) !== row[10]) throw new Bad("bytes.differs", { entry: row[0] });
    this.covered.add(one.committed);
    if (one.file !== one.committed) this.madeOf(this.archive.read(one.committed), one);
  }

  madeOf(packed, one) {
    const cut = packed.indexOf(10), told = jsonOf(packed.subarray(0, cut < 0 ? packed.length : cut)), body = packed.subarray(cut < 0 ? packed.length : cut + 1);
    const digests = new Map(Object.entries(told.marks).map(([mark, text]) => [mark, blobOf(text)])), files = one.attachments;
    for (const digest of [...digests.values(), ...told.parts.map((part) => blobOf(part[1]))]) {
      const file = Object.hasOwn(files, digest) ? files[digest] : undefined;
      if (!this.archive.members.has(file) || this.digest("sha256", file) !== digest) throw new Bad("bytes.contents", { name: String(file ?? digest).slice(0, 100) });
      this.covered.add(file);
    }
    const made = new Sha256(), letters = latin(body);
    let at = 0;
    for (const found of letters.matchAll(/GTBLOB[0-9a-f]{64}/g)) {
      if (!digests.has(found[0])) continue;
      made.update(body.subarray(at, found.index));
      const based = new Based((piece) => made.update(piece), Boolean(told.percent));
      this.archive.feed(files[digests.get(found[0])], (piece) => based.update(piece));
      based.close();
      at = found.index + found[0].length;
    }
    made.update(body.subarray(at));
    if (!this.archive.members.has(one.file) || hex(made.digest()) !== this.digest("sha256", one.file)) throw new Bad("bytes.whole", { name: String(one.file).slice(0, 100) });
    this.covered.add(one.file);
  }
}

/** The commitment to a record, of that to its bytes: itself, or with those to its fields. */
function valueOf(raw, one, kind) {
  if (!("groups" in one)) return raw;
  return digestOf(kind)(RECORD, raw, counted(one.natives), ...one.groups.map(unhex));
}

/** The lines of a whole proof, which all have to hold. */
function entriesOf(proof, key) {
  if (!isObject(proof) || proof.format !== PROOF) throw new Wrong(`不是 ${PROOF} 格式的证明文件`, `this is no proof of the form ${PROOF}`);
  if (typeof proof.checkpoint !== "string" || !Array.isArray(proof.entries) || !proof.entries.length) throw new Wrong("证明文件不完整", "the proof is not whole");
  const told = readCheckpoint(proof.checkpoint, key);
  if (proof.hash !== told.hash) throw new Wrong("证明文件所写的哈希算法与检查点不符", "the proof names another hash function than the checkpoint");
  const entries = proof.entries.map((one) => entryOf(one, told));
  proof.entries.forEach((one, at) => { if ("record" in one) shownOf(one.record, entries[at], told.hash); });
  return entries;
}

function detailOf(entry) {
  try {
    return JSON.parse(entry[11]);
  } catch (error) {
    return null;
  }
}

function latin(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join("");
}

function blobOf(text) {
  const found = typeof text !== "string" ? null : /^blob:([0-9a-f]{64}):([0-9]{1,12}):[0-9a-f]{32}:[a-z0-9]{0,8}$/.exec(text);
  if (found === null) throw new TypeError("blob");
  return found[1];
}

function namedBy(one) {
  try {
    const number = parsed(one.content)[2];
    return isWhole(number) ? number : null;
  } catch (error) {
    return null;
  }
}

function split(bytes) {
  const found = [];
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    found.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return found;
}
