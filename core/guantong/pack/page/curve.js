// Ed25519 by RFC 8032: verifying only, with whole numbers as the standard writes them.
"use strict";

const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (one) => { const left = one % P; return left < 0n ? left + P : left; };
function power(base, exponent) {
  let found = 1n, square = mod(base);
  for (; exponent; exponent >>= 1n, square = square * square % P) if (exponent & 1n) found = found * square % P;
  return found;
}
const D = mod(-121665n * power(121666n, P - 2n)), ROOT = power(2n, (P - 1n) / 4n);

function added(one, other) {
  const a = (one[1] - one[0]) * (other[1] - other[0]), b = (one[1] + one[0]) * (other[1] + other[0]);
  const c = 2n * one[3] * other[3] % P * D, d = 2n * one[2] * other[2];
  const e = mod(b - a), f = mod(d - c), g = mod(d + c), h = mod(b + a);
  return [e * f % P, g * h % P, f * g % P, e * h % P];
}
function times(factor, point) {
  let found = [0n, 1n, 1n, 0n];
  for (; factor; factor >>= 1n, point = added(point, point)) if (factor & 1n) found = added(found, point);
  return found;
}
const little = (bytes) => BigInt("0x" + (hex(Uint8Array.from(bytes).reverse()) || "0"));

/** The point that 32 bytes write; null where they write none. */
function pointOf(bytes) {
  const number = little(bytes), y = number & (1n << 255n) - 1n, sign = number >> 255n;
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square)) x = x * ROOT % P;
  if (mod(x * x - square) || (!x && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, x * y % P];
}
function bytesOf(point) {
  const inverse = power(point[2], P - 2n), x = point[0] * inverse % P, y = point[1] * inverse % P;
  return unhex((y | (x & 1n) << 255n).toString(16).padStart(64, "0")).reverse();
}
const BASE = pointOf(unhex("58" + "66".repeat(31)));

/** Whether *signature* is that of *data* by the key *publicKey*. */
function ed25519(publicKey, signature, data) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = pointOf(publicKey), s = little(signature.subarray(32));
  if (key === null || s >= L) return false;
  const k = little(sha512(joined(signature.subarray(0, 32), publicKey, data))) % L;
  const [x, y, z, t] = times(k, key);
  return same(bytesOf(added(times(s, BASE), [mod(-x), y, z, mod(-t)])), signature.subarray(0, 32));
}
