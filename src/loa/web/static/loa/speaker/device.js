// The devices' HTTPS side, asked as any loudspeaker asks it: every request is signed.
import { Refused, b64decode, b64encode, bytesOf, hexSha256, kidOf, nonce, sha256, sign } from "./wire.js";

const MINUTES_5 = 5 * 60 * 1000;

export const wireTime = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");

// This browser's own key: made here, not extractable, kept in IndexedDB.
export async function ownKey(shelf) {
  const kept = await shelf.get("key");
  if (kept) return kept;
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const key = { privateKey: pair.privateKey, raw, kid: await kidOf("ed25519", raw) };
  await shelf.put("key", key);
  return key;
}

async function newcomerId(raw) {
  const digest = await sha256(new Uint8Array([...bytesOf("ed25519\0"), ...raw]));
  return `new-${[...digest].map((b) => b.toString(16).padStart(2, "0")).join("").slice(0, 20)}`;
}

export class Device {
  constructor(base, key, clock) {
    this.base = base;
    this.key = key;
    this.clock = clock;
    this.outlet = null;
    this.node = "unknown";
    this.path = "vn";
  }

  async #ask(method, path, body = "", headers = {}) {
    const now = this.clock();
    const request = {
      kind: "request",
      issuer: { path: this.path, outlet: this.outlet ?? (await newcomerId(this.key.raw)) },
      target: [`node:${this.node}`], issued: wireTime(now), expires: wireTime(now + MINUTES_5),
      nonce: nonce(), method, path, body: await hexSha256(bytesOf(body)),
    };
    const proof = b64encode(bytesOf(JSON.stringify(await sign("request", request, this.key))));
    const response = await fetch(this.base + path, {
      method, body: body || undefined, credentials: "omit", cache: "no-store",
      headers: { "Loa-Request": proof, ...headers },
    });
    if (response.status === 304 || response.status === 404) return null;
    if (!response.ok) {
      const answer = await response.json().catch(() => ({ error: `status_${response.status}` }));
      throw new Refused(answer.error);
    }
    return response;
  }

  async enrol(claim, serial) {
    const wish = { serial, model: "browser", alg: "ed25519", key: b64encode(this.key.raw), claim };
    return (await this.#ask("POST", "/device/v1/enrol", JSON.stringify(wish))).json();
  }

  async time() {
    const asked = nonce();
    const before = performance.now();
    const response = await this.#ask("GET", `/device/v1/time?nonce=${asked}`);
    const value = await response.json();
    return { value, nonce: asked, before, after: performance.now() };
  }

  async get(path) {
    const response = await this.#ask("GET", path);
    return response ? response.json() : null;
  }

  async sendReceipt(items) {
    const now = this.clock();
    const receipt = await sign("receipt", {
      kind: "receipt", issuer: { path: this.path, outlet: this.outlet },
      target: [`node:${this.node}`], issued: wireTime(now), expires: wireTime(now + 86400000 * 30),
      nonce: nonce(), items,
    }, this.key);
    return receipt;
  }

  async deliver(receipts) {
    const response = await this.#ask("POST", "/device/v1/receipts", JSON.stringify({ receipts }));
    return response.json();
  }

  // A file by its content: what does not have this hash is never played.
  async media(sha) {
    const response = await fetch(`${this.base}/media/${sha}`, { credentials: "omit" });
    if (!response.ok) throw new Refused("media_missing");
    const bytes = await response.arrayBuffer();
    if ((await hexSha256(bytes)) !== sha) throw new Refused("media_mismatch");
    return bytes;
  }
}

export const receiptId = (receipt) => hexSha256(b64decode(receipt.payload));

// A small shelf in IndexedDB: the key, the papers, receipts not yet confirmed, what was played.
export async function openShelf(name) {
  const db = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("things");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const run = (mode, act) => new Promise((resolve, reject) => {
    const request = act(db.transaction("things", mode).objectStore("things"));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return {
    get: (key) => run("readonly", (store) => store.get(key)),
    put: (key, value) => run("readwrite", (store) => store.put(value, key)),
    clear: () => run("readwrite", (store) => store.clear()),
  };
}
