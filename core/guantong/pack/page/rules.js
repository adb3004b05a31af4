// How what a pack holds is written and hangs together. COLUMNS, HEADS, SAYS and TITLES come from the Python verifier.
"use strict";

const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

/** JSON in UTF-8. Half characters are escaped in it only by who wants two programs to read it differently. */
function jsonOf(bytes) {
  const text = textOf(bytes);
  if (/\\u[dD][89a-fA-F]/.test(text)) throw new TypeError("json");
  return JSON.parse(text);
}
const isObject = (one) => typeof one === "object" && one !== null && !Array.isArray(one);
const isWhole = (one) => Number.isSafeInteger(one) && one >= 0;
const isRow = (row) => row.length === COLUMNS.length && [0, 1, 2, 4, 5, 6].every((at) => isWhole(row[at])) && [3, 7, 8, 9, 10].every((at) => typeof row[at] === "string");
const aboutOf = (row) => row[5] ? `M${row[5]}` : `D${row[6]}`;

/** A line of the journal as `journal.jsonl` holds it. */
const asLine = (row, leaf) => utf8(JSON.stringify(Object.fromEntries([...COLUMNS.map((name, at) => [name, row[at]]), ["leaf", leaf]])));

/** As it may stand on a screen: what could turn the direction of writing, or not be seen, is written as its number. */
const plain = (text) => text.replace(/[\p{C}\p{Z}]/gu, (one) => one === " " || one === "\u3000" ? one : "\\u" + one.codePointAt(0).toString(16).padStart(4, "0"));

function cell(value) {
  let text = String(value);
  if (/^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[,"\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}
function moment(milliseconds) {
  if (milliseconds > 253402000000000) return String(milliseconds);
  return new Date(milliseconds + 8 * 3600 * 1000).toISOString().replace("T", " ").slice(0, 23);
}
const asCsv = (rows) => "\ufeff" + [HEADS, ...rows.map((row) => [row[0], row[1], moment(row[2]), ...row.slice(3)])]
  .map((line) => line.map(cell).join(",") + "\r\n").join("");

/** The lines that come before one, each with the number of the case it has to be of. */
function predecessors(row) {
  const found = row[1] ? [[row[1], row[4]]] : [];
  let detail = null;
  try {
    detail = JSON.parse(row[9]);
  } catch (error) {
    return found; // it names no other line then
  }
  if (row[3] === "merged" && isObject(detail) && Array.isArray(detail.joined) && isWhole(detail.younger))
    for (const one of detail.joined) if (isWhole(one)) found.push([one, detail.younger]);
  return found;
}

/** What a line says was pruned or redacted, called as `aboutOf` does: records and what was sent, as contents or as whole rows. */
function forgotten(row) {
  if (row[3] !== "pruned" && row[3] !== "redacted") return [];
  let detail = null;
  try {
    detail = JSON.parse(row[9]);
  } catch (error) {
    return []; // it says of nothing that it went
  }
  const found = [];
  for (const said of isObject(detail) ? [detail.emptied, detail.gone] : []) {
    if (!isObject(said)) continue;
    const lists = isObject(said.deliveries) ? Object.values(said.deliveries) : [said.deliveries];
    for (const [letter, numbers] of [["M", said.messages], ...lists.map((one) => ["D", one])])
      if (Array.isArray(numbers)) for (const one of numbers) if (isWhole(one)) found.push(letter + one);
  }
  return found;
}

/** The signed notes in a file of checkpoints, or in what was copied of one; not checked. */
function notesIn(text) {
  const parts = text.replaceAll("\r\n", "\n").split("\n\n"), found = [];
  for (let number = 0; number + 1 < parts.length; number++) {
    const said = parts[number].split("\n").filter((line) => line && !line.startsWith(DASH));
    const below = parts[number + 1].replace(/^\n+/, "").split("\n"), end = below.findIndex((line) => !line.startsWith(DASH));
    const signed = end < 0 ? below : below.slice(0, end);
    if (said.length && signed.length) found.push(said.join("\n") + "\n\n" + signed.join("\n") + "\n");
  }
  return found;
}

/** Bytes on the way to *take* as one Base64 text, percent-encoded where that is said. */
class Based {
  constructor(take, percent) {
    this.take = take;
    this.percent = percent;
    this.left = new Uint8Array(0);
  }
  update(data) {
    const all = joined(this.left, data), end = all.length - all.length % 3;
    this.left = all.slice(end);
    this.hand(all.subarray(0, end));
  }
  close() {
    this.hand(this.left);
  }
  hand(data) {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", made = [];
    for (let at = 0; at < data.length; at += 3) {
      const [a, b, c] = [data[at], data[at + 1] ?? 0, data[at + 2] ?? 0], there = data.length - at;
      made.push(letters[a >> 2], letters[(a & 3) << 4 | b >> 4], there > 1 ? letters[(b & 15) << 2 | c >> 6] : "=", there > 2 ? letters[c & 63] : "=");
    }
    const text = made.join("");
    this.take(utf8(this.percent ? text.replaceAll("+", "%2B").replaceAll("/", "%2F").replaceAll("=", "%3D") : text));
  }
}
