// A person's own key: made here, not extractable, kept in this browser's IndexedDB.
import { b64decode, b64encode, kidOf } from "../speaker/wire.js";

/**
 * @typedef {"ed25519" | "p256"} Algorithm
 * @typedef {{ kid: string, alg: Algorithm, privateKey: CryptoKey, made: number }} Key
 */
const utf8 = new TextEncoder();
/** @type {Record<Algorithm, [EcKeyGenParams | { name: string }, EcdsaParams | { name: string }]>} */
const HOW = {
  ed25519: [{ name: "Ed25519" }, { name: "Ed25519" }],
  p256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
};

/** @returns {Promise<IDBDatabase>} */
function shelf() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("loa-person-keys", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys", { keyPath: "kid" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} act */
async function on(mode, act) {
  const db = await shelf();
  try {
    return await new Promise((resolve, reject) => {
      const request = act(db.transaction("keys", mode).objectStore("keys"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    db.close();
  }
}

/** @type {(kid: string) => Promise<Key | undefined>} */
export const keptKey = (kid) => on("readonly", (store) => store.get(kid));
/** @type {(kid: string) => Promise<void>} */
export const forgetKey = (kid) => on("readwrite", (store) => store.delete(kid));

/** @param {Algorithm} alg */
async function newPair(alg) {
  return /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(HOW[alg][0], false, ["sign", "verify"]));
}

// Ed25519 where the browser has it, else P-256. The private half never leaves the browser.
export async function makeKey() {
  /** @type {Algorithm} */
  let alg = "ed25519";
  /** @type {CryptoKeyPair} */
  let pair;
  try {
    pair = await newPair(alg);
  } catch {
    alg = "p256";
    pair = await newPair(alg);
  }
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const key = { kid: await kidOf(alg, raw), alg, privateKey: pair.privateKey, made: Date.now() };
  // A browser may throw away what it was not asked to keep.
  if (navigator.storage?.persist) await navigator.storage.persist().catch(() => false);
  await on("readwrite", (store) => store.put(key));
  return { ...key, text: b64encode(raw) };
}

// The signature over exactly these bytes, with the kind in front: it can mean nothing else.
/** @param {Key} key @param {string} kind @param {string} payload */
export async function signWith(key, kind, payload) {
  const head = utf8.encode(`loa/v1/${kind}\0`);
  const bytes = b64decode(payload);
  const message = new Uint8Array(head.length + bytes.length);
  message.set(head);
  message.set(bytes, head.length);
  return b64encode(await crypto.subtle.sign(HOW[key.alg][1], key.privateKey, message));
}

// The first of these keys that this browser holds, or null.
/** @param {string[]} kids */
export async function keyAmong(kids) {
  for (const kid of kids) {
    const key = await keptKey(kid);
    if (key) return key;
  }
  return null;
}
