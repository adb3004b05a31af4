// Keys, signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), and the tree (RFC 6962, RFC 9162).
"use strict";

const ENTRY = "guantong-entry/1", PROOF = "guantong-proof/1", DASH = "\u2014 ";

/** A claim that does not hold, or cannot be checked, in Chinese and in English. */
class Wrong extends Error {
  constructor(zh, en) {
    super(`${zh} · ${en}`);
    this.zh = zh;
    this.en = en;
  }
}

/** A claim that may hold, and cannot be checked here. */
class Uncheckable extends Wrong {}

/** A note that the key did not sign: another may have. */
class Unsigned extends Wrong {}

function unbased(text) {
  if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const made = [];
  let held = 0, bits = 0;
  for (const one of text.replace(/=+$/, "")) {
    held = (held << 6 | letters.indexOf(one)) & 0xffff;
    bits += 6;
    if (bits >= 8) made.push(held >> (bits -= 8) & 0xff);
  }
  return Uint8Array.from(made);
}
const linesOf = (text) => {
  const found = text.split(/\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/);
  if (found[found.length - 1] === "") found.pop();
  return found;
};

/** The key on a line NAME+HASH+BASE64. */
function readKey(line) {
  const text = line.trim(), first = text.indexOf("+"), second = text.indexOf("+", first + 1);
  const pub = first > -1 && second > -1 ? unbased(text.slice(second + 1)) : null;
  if (!pub || !pub.length) throw new Wrong("公钥应为一行 NAME+HASH+BASE64", "a public key is one line NAME+HASH+BASE64");
  const name = text.slice(0, first), hash = sha256(joined(utf8(name + "\n"), pub)).subarray(0, 4);
  if (hex(hash) !== text.slice(first + 1, second)) throw new Wrong("公钥的名称与哈希不符", "the key's name and hash do not belong together");
  return { name, hash, kind: pub[0], public: pub.subarray(1) };
}

/** What a note says, when *key* signed it. */
function readCheckpoint(note, key) {
  const cut = note.lastIndexOf("\n\n"), below = note.slice(cut + 2);
  if (cut < 0 || !below.endsWith("\n")) throw new Wrong("不是检查点", "this is no checkpoint");
  const text = note.slice(0, cut) + "\n";
  const mine = linesOf(below).map((line) => line.split(" ")).filter((parts) => parts.length === 3 && parts[0] === "\u2014" && parts[1] === key.name)
    .map((parts) => unbased(parts[2])).filter((data) => data !== null && same(data.subarray(0, 4), key.hash)).map((data) => data.subarray(4));
  if (!mine.length) throw new Unsigned(`检查点没有 ${key.name} 的签名`, `the checkpoint is not signed by ${key.name}`);
  if (key.kind !== 1) throw new Uncheckable("此处无法核验该签名算法（如 SM2）：不能视为通过", "this kind of signature (SM2, say) is not checkable here: it is not verified");
  if (!mine.some((one) => ed25519(key.public, one, utf8(text)))) throw new Wrong("检查点的签名不成立", "the signature of the checkpoint does not hold");
  const lines = linesOf(text), said = {};
  for (const line of lines.slice(3)) if (line.includes(" ")) said[line.slice(0, line.indexOf(" "))] = line.slice(line.indexOf(" ") + 1);
  const root = lines.length > 2 ? unbased(lines[2]) : null, hash = Object.hasOwn(said, "hash") ? said.hash : "sha256";
  if (root === null || root.length !== 32 || !/^[0-9]{1,15}$/.test(lines[1]) || !Object.hasOwn(HASHES, hash))
    throw new Wrong("签名成立，但所签的不是检查点", "the signature holds, and what was signed is no checkpoint");
  return { origin: lines[0], size: Number(lines[1]), root, hash };
}

/** What a note says that one of *keys* signed. */
function believed(note, keys) {
  let refused = new Wrong("没有公钥", "there is no key"), first = true;
  for (const key of keys) {
    try {
      return readCheckpoint(note, key);
    } catch (wrong) {
      if (!(wrong instanceof Wrong)) throw wrong;
      if (first || !(refused instanceof Uncheckable || wrong instanceof Unsigned)) refused = wrong;
      first = false;
    }
  }
  throw refused;
}

const LEAF = Uint8Array.of(0), NODE = Uint8Array.of(1);
const half = (number) => Math.floor(number / 2);
const powerOfTwo = (number) => number % 2 ? number === 1 : powerOfTwo(number / 2);

/** The root that *path* leads to from leaf number *leaf* with this content; null where there is no such path. */
function rootOf(kind, leaf, size, content, path) {
  if (!(Number.isSafeInteger(leaf) && leaf >= 0 && leaf < size)) return null;
  const digest = digestOf(kind);
  let number = leaf, last = size - 1, found = digest(LEAF, content);
  for (const one of path) {
    if (last === 0) return null;
    if (number % 2 || number === last) {
      found = digest(NODE, one, found);
      while (number % 2 === 0 && number) [number, last] = [half(number), half(last)];
    } else {
      found = digest(NODE, found, one);
    }
    [number, last] = [half(number), half(last)];
  }
  return last === 0 ? found : null;
}

/** Whether *path* shows that the tree of *size* begins with that of *older* leaves. */
function contains(kind, older, olderRoot, size, root, path) {
  if (older === size) return !path.length && same(olderRoot, root);
  if (!(older > 0 && older < size) || !path.length || path.some((one) => one.length !== 32)) return false;
  const digest = digestOf(kind), steps = powerOfTwo(older) ? [olderRoot, ...path] : [...path];
  let number = older - 1, last = size - 1;
  while (number % 2) [number, last] = [half(number), half(last)];
  let was = steps[0], now = steps[0];
  for (const one of steps.slice(1)) {
    if (last === 0) return false;
    if (number % 2 || number === last) {
      [was, now] = [digest(NODE, one, was), digest(NODE, one, now)];
      while (number % 2 === 0 && number) [number, last] = [half(number), half(last)];
    } else {
      now = digest(NODE, now, one);
    }
    [number, last] = [half(number), half(last)];
  }
  return last === 0 && same(was, olderRoot) && same(now, root);
}

/** What a text of JSON says; JSON.parse takes other things for texts. */
function parsed(text) {
  if (typeof text !== "string") throw new TypeError("a text");
  return JSON.parse(text);
}

/** The line that a leaf holds, as it is in the checkpoint. */
function entryOf(one, said) {
  let entry, path;
  try {
    entry = parsed(one.content);
    path = one.path.map(unhex);
  } catch (error) {
    throw new Wrong("证明文件不完整", "the proof is not whole");
  }
  if (!Number.isSafeInteger(one.leaf) || !Array.isArray(entry) || entry.length !== 13 || entry[0] !== ENTRY || path.some((each) => each.length !== 32))
    throw new Wrong(`第 ${one.leaf} 号不是日志条目`, `leaf ${one.leaf} is no entry of a journal`);
  const root = rootOf(said.hash, one.leaf, said.size, utf8(one.content), path);
  if (root === null || !same(root, said.root))
    throw new Wrong(`第 ${entry[2]} 条不在该检查点的日志中，或已被改动`, `entry ${entry[2]} is not in the log of this checkpoint, or was altered`);
  return entry;
}

const RAW = utf8("guantong-raw/1\0"), RECORD = utf8("guantong-record/1\0"), GROUP = utf8("guantong-group/1\0");
const sized = (text, size) => {
  const found = unhex(text);
  if (found.length !== size) throw new TypeError("a hash");
  return found;
};

/** What *record* shows of what a line is about, if it is what the line binds us to: fields, each as [name, path, value], and the bytes. */
function shownOf(record, entry, kind) {
  const digest = digestOf(kind), fields = [];
  let value, content = null;
  try {
    if (isObject(record.raw)) {
      content = unbased(record.raw.content);
      value = digest(RAW, sized(record.raw.salt, 16), content);
    } else {
      value = sized(record.raw, 32);
    }
    if ("groups" in record) value = digest(RECORD, value, counted(record.natives), ...record.groups.map((one) => groupOf(one, digest, fields)));
  } catch (error) {
    throw new Wrong(`第 ${entry[2]} 条所附的报文字段不完整`, `what entry ${entry[2]} shows of its record is not whole`);
  }
  if (hex(value) !== entry[12]) throw new Wrong(`第 ${entry[2]} 条所附的内容不是当时受理的`, `what entry ${entry[2]} shows is not what was accepted`);
  return { fields, content };
}
function counted(number) {
  if (!isWhole(number) || number >= 2 ** 32) throw new TypeError("natives");
  const made = new Uint8Array(4);
  new DataView(made.buffer).setUint32(0, number);
  return made;
}
function groupOf(one, digest, fields) {
  if (!isObject(one)) return sized(one, 32);
  const name = parsed(one.name);
  if (typeof name !== "string") throw new TypeError("a name");
  return digest(GROUP, utf8(one.name), ...one.fields.map((each) => fieldOf(each, name, digest, fields)));
}
function fieldOf(one, name, digest, fields) {
  if (!isObject(one)) return sized(one, 32);
  const path = parsed(one.text);
  if (!Array.isArray(path) || ![1, 2].includes(path.length) || typeof path[0] !== "string") throw new TypeError("a field");
  fields.push([name, path[0], path.length > 1 ? JSON.stringify(path[1]) : "…"]);
  return digest(sized(one.salt, 16), utf8(one.text));
}
