// The wire: base64url, times, envelopes and what is signed (docs/protocol, sections 1 and 2).
const utf8 = new TextEncoder();

/**
 * @typedef {{ kid: string, sig: Uint8Array<ArrayBuffer> }} Signature
 * @typedef {{ kind: string, payload: Uint8Array<ArrayBuffer>, sigs: Signature[], chain: any[], id: string }} Envelope
 */

export class Refused extends Error {
  /** @param {string} reason @param {string} [detail] */
  constructor(reason, detail = "") {
    super(detail ? `${reason}: ${detail}` : reason);
    this.reason = reason;
  }
}

/** @param {ArrayBuffer | Uint8Array} bytes */
export function b64encode(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text */
export function b64decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Refused("bad_envelope", "base64url");
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  if (b64encode(bytes) !== text) throw new Refused("bad_envelope", "not canonical");
  return bytes;
}

/** @param {BufferSource} bytes */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** @param {BufferSource} bytes */
export async function hexSha256(bytes) {
  return [...(await sha256(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} alg @param {Uint8Array} raw */
export async function kidOf(alg, raw) {
  const digest = await sha256(concat(utf8.encode(`${alg}\0`), raw));
  return b64encode(digest.slice(0, 16));
}

/** @param {Uint8Array[]} parts */
function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}

/** @param {string} kind @param {Uint8Array} payload */
function signingInput(kind, payload) {
  return concat(utf8.encode(`loa/v1/${kind}\0`), payload);
}

// The most that a payload of a kind may have, where it is not 16 KiB (section 3).
/** @type {Record<string, number>} */
const MOST_KIB = { delegation: 4, plan: 256, open: 32 };

// An envelope from its JSON value. Proves only its form; nothing of the payload is looked into.
/** @param {any} value @returns {Promise<Envelope>} */
export async function envelopeOf(value) {
  if (value?.v !== 1) throw new Refused("bad_version");
  const fields = Object.keys(value).sort().join();
  if (fields !== "chain,kind,payload,sigs,v") throw new Refused("bad_envelope", "fields");
  const payload = b64decode(value.payload);
  const most = (MOST_KIB[value.kind] ?? 16) * 1024;
  if (payload.length > most || value.sigs.length > 8 || value.chain.length > 16) throw new Refused("too_large");
  /** @type {Signature[]} */
  const sigs = value.sigs.map((/** @type {any} */ { kid, sig }) => ({ kid, sig: b64decode(sig) }));
  if (new Set(sigs.map(({ kid }) => kid)).size !== sigs.length) throw new Refused("duplicate_signature");
  return { kind: value.kind, payload, sigs, chain: value.chain, id: await hexSha256(payload) };
}

// The payload; call it only after a signature was checked.
/** @param {Envelope} envelope */
export function payloadOf(envelope) {
  const payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(envelope.payload));
  if (payload.kind !== envelope.kind) throw new Refused("kind_mismatch");
  if (payload.crit?.length) throw new Refused("unknown_critical");
  return payload;
}

/** @type {Map<string, { kid: string, alg: string, key: CryptoKey }>} */
const imported = new Map();

/** @param {string} alg @param {string} text */
async function publicKey(alg, text) {
  const name = `${alg} ${text}`;
  if (!imported.has(name)) {
    const raw = b64decode(text);
    const key = alg === "ed25519"
      ? await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"])
      : await crypto.subtle.importKey("raw", raw, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    imported.set(name, { kid: await kidOf(alg, raw), alg, key });
  }
  return /** @type {{ kid: string, alg: string, key: CryptoKey }} */ (imported.get(name));
}

// Whether this key signed the envelope: false when its kid is not among the signatures.
// An invalid signature by a known key refuses.
/** @param {Envelope} envelope @param {string} alg @param {string} text */
export async function signedBy(envelope, alg, text) {
  const { kid, key } = await publicKey(alg, text);
  const found = envelope.sigs.find((signature) => signature.kid === kid);
  if (!found) return false;
  const how = alg === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
  const good = await crypto.subtle.verify(how, key, found.sig, signingInput(envelope.kind, envelope.payload));
  if (!good) throw new Refused("bad_signature", kid);
  return true;
}

/** @param {string} kind @param {object} payload @param {{ kid: string, privateKey: CryptoKey }} signer */
export async function sign(kind, payload, signer) {
  const bytes = utf8.encode(JSON.stringify(payload));
  const sig = await crypto.subtle.sign({ name: "Ed25519" }, signer.privateKey, signingInput(kind, bytes));
  return { v: 1, kind, payload: b64encode(bytes), sigs: [{ kid: signer.kid, sig: b64encode(sig) }], chain: [] };
}

export function nonce() {
  return b64encode(crypto.getRandomValues(new Uint8Array(16)));
}

/** @param {string} path @param {string} ancestor */
export function inside(path, ancestor) {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

/** @param {string} text */
export const bytesOf = (text) => utf8.encode(text);
