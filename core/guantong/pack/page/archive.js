// The one form of ZIP that a pack has: nothing is compressed, every byte is accounted for.
"use strict";

const MOST_FILES = 20000, MOST_READ = 256 * 1024 * 1024, PIECE = 1024 * 1024;
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [MADE, NEEDED, DAY, PLAIN] = [0x0314, 20, 0x00210000, 0o100600 * 65536];

/** What was read is no pack: what the table SAYS says under *key*. */
class Bad extends Error {
  constructor(key, details = {}) {
    super(key);
    this.key = key;
    this.details = details;
  }
}

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const beginsAsZip = (bytes) => bytes.length >= 4 && [LOCAL, END].includes(viewOf(bytes).getUint32(0, true));

class Archive {
  /** *bytes*: the whole file. */
  constructor(bytes) {
    this.bytes = bytes;
    this.members = membersOf(bytes);
  }
  slice(name) {
    const { start, size } = this.members.get(name);
    return this.bytes.subarray(start, start + size);
  }
  read(name) {
    if (!this.members.has(name)) throw new Bad("form.lacks", { name });
    if (this.members.get(name).size > MOST_READ) throw new Bad("form.large", { name });
    return this.slice(name);
  }
  feed(name, take) {
    const whole = this.slice(name);
    for (let at = 0; at < whole.length; at += PIECE) take(whole.subarray(at, at + PIECE));
  }
}

function membersOf(bytes) {
  const size = bytes.length;
  if (!beginsAsZip(bytes)) throw new Bad("form.empty");
  if (size < 22) throw new Bad("form.cut");
  const view = viewOf(bytes), at = size - 22, word = (here) => view.getUint16(here, true);
  const count = word(at + 10), length = view.getUint32(at + 12, true), start = view.getUint32(at + 16, true);
  if (view.getUint32(at, true) !== END || word(at + 4) || word(at + 6) || word(at + 8) !== count || word(at + 20) || start + length + 22 !== size) throw new Bad("form.cut");
  if (count > MOST_FILES) throw new Bad("form.large", { name: `${count} files` });
  return listed(bytes, start, start + length, count);
}

function listed(bytes, start, end, count) {
  const view = viewOf(bytes), found = new Map(), known = new Set();
  const word = (here) => view.getUint16(here, true), long = (here) => view.getUint32(here, true);
  let at = start, expected = 0;
  for (let number = 0; number < count; number++) {
    if (at + 46 > end) throw new Bad("form.zip", { at });
    const flags = word(at + 8), method = word(at + 10), crc = long(at + 16), size = long(at + 24), named = word(at + 28), offset = long(at + 42);
    const whole = long(at) === CENTRAL && word(at + 4) === MADE && word(at + 6) === NEEDED && long(at + 12) === DAY && !word(at + 30) && !word(at + 32) && !word(at + 34)
      && !word(at + 36) && at + 46 + named <= end && (flags & ~0x800) === 0 && offset === expected;
    if (!whole) throw new Bad("form.zip", { at });
    const raw = bytes.subarray(at + 46, at + 46 + named), name = nameOf(raw, flags);
    if (method || long(at + 20) !== size) throw new Bad("form.packed", { name });
    if (long(at + 38) !== PLAIN) throw new Bad("form.name", { name });
    if (known.has(folded(name))) throw new Bad("form.twice", { name });
    known.add(folded(name));
    const fits = offset + 30 + named <= start && long(offset) === LOCAL && word(offset + 4) === NEEDED && word(offset + 6) === flags && word(offset + 8) === method
      && long(offset + 10) === DAY && long(offset + 14) === crc && long(offset + 18) === size && long(offset + 22) === size && word(offset + 26) === named
      && !word(offset + 28) && same(bytes.subarray(offset + 30, offset + 30 + named), raw);
    if (!fits) throw new Bad("form.zip", { at: offset });
    found.set(name, { start: offset + 30 + named, size });
    at += 46 + named;
    expected = offset + 30 + named + size;
  }
  if (at !== end || expected !== start) throw new Bad("form.zip", { at: expected });
  return found;
}

const folded = (name) => name.replace(/[A-Z]/g, (one) => one.toLowerCase());

const TURNS = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/; // the direction of writing, or the line

function nameOf(raw, flags) {
  let name = "";
  try {
    if (flags || raw.every((one) => one < 0x80)) name = textOf(raw);
  } catch (error) {
    name = "";
  }
  const parts = name.split("/");
  if (!name || [...name].length > 200 || parts.some((one) => ["", ".", ".."].includes(one)) || /[\x00-\x1f\\:*?"<>|\x7f]/.test(name) || TURNS.test(name))
    throw new Bad("form.name", { name: /[\x00-\x1f\x7f]/.test(name) || TURNS.test(name) || !name ? "?" : [...name].slice(0, 60).join("") });
  return name;
}
