// A person's own key: made here, not extractable, kept in this browser's IndexedDB.
import { b64decode, b64encode, kidOf } from "../speaker/wire.js";

const utf8 = new TextEncoder();
const HOW = {
  ed25519: [{ name: "Ed25519" }, { name: "Ed25519" }],
  p256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
};

function shelf() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("loa-person-keys", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys", { keyPath: "kid" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

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

export const keptKey = (kid) => on("readonly", (store) => store.get(kid));
export const forgetKey = (kid) => on("readwrite", (store) => store.delete(kid));

// Ed25519 where the browser has it, else P-256. The private half never leaves the browser.
export async function makeKey() {
  let alg = "ed25519";
  let pair;
  try {
    pair = await crypto.subtle.generateKey(HOW.ed25519[0], false, ["sign", "verify"]);
  } catch {
    alg = "p256";
    pair = await crypto.subtle.generateKey(HOW.p256[0], false, ["sign", "verify"]);
  }
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const key = { kid: await kidOf(alg, raw), alg, privateKey: pair.privateKey, made: Date.now() };
  // A browser may throw away what it was not asked to keep.
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist().catch(() => false);
  await on("readwrite", (store) => store.put(key));
  return { ...key, text: b64encode(raw) };
}

// The signature over exactly these bytes, with the kind in front: it can mean nothing else.
export async function signWith(key, kind, payload) {
  const head = utf8.encode(`loa/v1/${kind}\0`);
  const bytes = b64decode(payload);
  const message = new Uint8Array(head.length + bytes.length);
  message.set(head);
  message.set(bytes, head.length);
  return b64encode(await crypto.subtle.sign(HOW[key.alg][1], key.privateKey, message));
}

// The first of these keys that this browser holds, or null.
export async function keyAmong(kids) {
  for (const kid of kids) {
    const key = await keptKey(kid);
    if (key) return key;
  }
  return null;
}
