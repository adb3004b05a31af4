// SHA-256 and SHA-512 (FIPS 180-4) and SM3 (GB/T 32905-2016), fed piece by piece. Written out, so that the page works where a
// browser has no WebCrypto: at file:// many have none.
"use strict";

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const unhex = (text) => {
  if (typeof text !== "string" || !/^[ \t-\r]*(?:[0-9a-fA-F]{2}[ \t-\r]*)*$/.test(text)) throw new TypeError("hex");
  text = text.replace(/[ \t-\r]/g, "");
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
};
const joined = (...parts) => {
  const made = new Uint8Array(parts.reduce((size, one) => size + one.length, 0));
  let at = 0;
  for (const one of parts) {
    made.set(one, at);
    at += one.length;
  }
  return made;
};
const utf8 = (text) => new TextEncoder().encode(text);
const same = (one, other) => one.length === other.length && one.every((each, at) => each === other[at]);

/** The first bits of the fractional parts of roots of primes, as both SHA-2 functions want them. */
function primes(count) {
  const found = [];
  for (let one = 2; found.length < count; one++) if (found.every((each) => one % each)) found.push(one);
  return found;
}
function rooted(prime, degree, bits) {
  const scaled = BigInt(prime) << BigInt(degree * bits);
  let low = 0n, high = 1n << BigInt(bits + 8);
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(degree) <= scaled) low = middle; else high = middle;
  }
  return low & ((1n << BigInt(bits)) - 1n);
}

/** What all of them share: blocks of so many bytes, the length at the end. */
class Blocks {
  constructor(size, lengthBytes) {
    this.size = size;
    this.lengthBytes = lengthBytes;
    this.left = new Uint8Array(size);
    this.held = 0;
    this.count = 0;
  }
  update(data) {
    this.count += data.length;
    let at = 0;
    if (this.held) {
      const taken = Math.min(this.size - this.held, data.length);
      this.left.set(data.subarray(0, taken), this.held);
      this.held += taken;
      at = taken;
      if (this.held < this.size) return this;
      this.block(this.left, 0);
      this.held = 0;
    }
    for (; at + this.size <= data.length; at += this.size) this.block(data, at);
    this.left.set(data.subarray(at), 0);
    this.held = data.length - at;
    return this;
  }
  finish() {
    const bits = BigInt(this.count) * 8n;
    const pad = (2 * this.size - this.held - 1 - this.lengthBytes) % this.size;
    const end = new Uint8Array(1 + pad + this.lengthBytes);
    end[0] = 0x80;
    for (let at = 0; at < 8; at++) end[end.length - 1 - at] = Number((bits >> BigInt(8 * at)) & 0xffn);
    this.update(end);
  }
}

const K256 = Int32Array.from(primes(64), (one) => Number(BigInt.asIntN(32, rooted(one, 3, 32))));
const H256 = Int32Array.from(primes(8), (one) => Number(BigInt.asIntN(32, rooted(one, 2, 32))));

class Sha256 extends Blocks {
  constructor() {
    super(64, 8);
    this.state = Int32Array.from(H256);
    this.words = new Int32Array(64);
  }
  block(data, start) {
    const w = this.words;
    for (let t = 0; t < 16; t++, start += 4) w[t] = data[start] << 24 | data[start + 1] << 16 | data[start + 2] << 8 | data[start + 3];
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15], y = w[t - 2];
      w[t] = w[t - 16] + w[t - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let t = 0; t < 64; t++) {
      const one = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K256[t] + w[t] | 0;
      const two = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
      h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
    }
    const s = this.state;
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
  digest() {
    this.finish();
    return bigEndian(this.state);
  }
}

class Sm3 extends Blocks {
  constructor() {
    super(64, 8);
    this.state = Int32Array.of(0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e);
    this.words = new Int32Array(68);
  }
  block(data, start) {
    const w = this.words, turned = (x, by) => by ? x << by | x >>> 32 - by : x;
    for (let j = 0; j < 16; j++, start += 4) w[j] = data[start] << 24 | data[start + 1] << 16 | data[start + 2] << 8 | data[start + 3];
    for (let j = 16; j < 68; j++) {
      const x = w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15);
      w[j] = x ^ turned(x, 15) ^ turned(x, 23) ^ turned(w[j - 13], 7) ^ w[j - 6];
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let j = 0; j < 64; j++) {
      const low = j < 16, a12 = turned(a, 12);
      const ss1 = turned(a12 + e + turned(low ? 0x79cc4519 : 0x7a879d8a, j % 32) | 0, 7);
      const tt1 = (low ? a ^ b ^ c : a & b | a & c | b & c) + d + (ss1 ^ a12) + (w[j] ^ w[j + 4]) | 0;
      const tt2 = (low ? e ^ f ^ g : e & f | ~e & g) + h + ss1 + w[j] | 0;
      d = c; c = turned(b, 9); b = a; a = tt1;
      h = g; g = turned(f, 19); f = e; e = tt2 ^ turned(tt2, 9) ^ turned(tt2, 17);
    }
    [a, b, c, d, e, f, g, h].forEach((one, at) => { this.state[at] ^= one; });
  }
  digest() {
    this.finish();
    return bigEndian(this.state);
  }
}

function bigEndian(words) {
  const made = new Uint8Array(4 * words.length);
  words.forEach((one, at) => new DataView(made.buffer).setInt32(4 * at, one));
  return made;
}

let constants512 = null;
function sha512(data) {
  constants512 ??= { k: primes(80).map((one) => rooted(one, 3, 64)), h: primes(8).map((one) => rooted(one, 2, 64)) };
  const all = (1n << 64n) - 1n, turned = (x, by) => (x >> by | x << 64n - by) & all;
  const blocks = new Blocks(128, 16);
  let state = constants512.h;
  blocks.block = (from, start) => {
    const w = [];
    for (let t = 0; t < 16; t++) w.push(BigInt("0x" + hex(from.subarray(start + 8 * t, start + 8 * t + 8))));
    for (let t = 16; t < 80; t++) {
      const x = w[t - 15], y = w[t - 2];
      w.push(w[t - 16] + w[t - 7] + (turned(x, 1n) ^ turned(x, 8n) ^ x >> 7n) + (turned(y, 19n) ^ turned(y, 61n) ^ y >> 6n) & all);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t++) {
      const one = h + (turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n)) + (e & f ^ (e ^ all) & g) + constants512.k[t] + w[t] & all;
      const two = (turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n)) + (a & b ^ a & c ^ b & c) & all;
      [a, b, c, d, e, f, g, h] = [one + two & all, a, b, c, d + one & all, e, f, g];
    }
    state = [a, b, c, d, e, f, g, h].map((each, at) => each + state[at] & all);
  };
  blocks.update(data).finish();
  return unhex(state.map((one) => one.toString(16).padStart(16, "0")).join(""));
}

const HASHES = { sha256: Sha256, sm3: Sm3 };
const hashing = (kind) => {
  if (!Object.hasOwn(HASHES, kind)) throw new TypeError(kind);
  return new HASHES[kind]();
};
const sha256 = (data) => new Sha256().update(data).digest();
const digestOf = (kind) => (...parts) => hashing(kind).update(joined(...parts)).digest();
