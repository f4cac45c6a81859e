// The wire's forms in the browser, and a person's own key.
import assert from "node:assert/strict";
import test from "node:test";
import { Refused, b64decode, b64encode, bytesOf, envelopeOf, inside, kidOf, sign, signedBy } from "../../var/scripts/loa/speaker/wire.js";
import { signWith } from "../../var/scripts/loa/urgent/keys.js";
import { Told, wordsOf } from "../../var/scripts/loa/told.js";

const refuses = (reason) => (error) => error instanceof Refused && error.reason === reason;

async function pairOf(how) {
  const pair = await crypto.subtle.generateKey(how, true, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, raw, text: b64encode(raw) };
}

test("base64url is canonical or refused", () => {
  for (const length of [0, 1, 2, 3, 255]) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 7);
    assert.deepEqual(b64decode(b64encode(bytes)), bytes);
  }
  for (const text of ["AB", "AA==", "A+", "A/", "A A"]) assert.throws(() => b64decode(text), refuses("bad_envelope"));
});

test("a place is inside itself and what is above, not beside a name that begins alike", () => {
  assert.ok(inside("vn/25/08911", "vn/25"));
  assert.ok(inside("vn/25", "vn/25"));
  assert.ok(!inside("vn/251", "vn/25"));
  assert.ok(!inside("vn/25", "vn/25/08911"));
});

test("what this browser signs is verified, and nothing else is", async () => {
  const pair = await pairOf({ name: "Ed25519" });
  const kid = await kidOf("ed25519", pair.raw);
  const value = await sign("receipt", { kind: "receipt" }, { kid, privateKey: pair.privateKey });
  const envelope = await envelopeOf(value);
  assert.ok(await signedBy(envelope, "ed25519", pair.text));
  const other = await pairOf({ name: "Ed25519" });
  assert.equal(await signedBy(envelope, "ed25519", other.text), false);
  const changed = await envelopeOf({ ...value, payload: b64encode(bytesOf('{"kind":"Receipt"}')) });
  await assert.rejects(signedBy(changed, "ed25519", pair.text), refuses("bad_signature"));
  const asAnother = await envelopeOf({ ...value, kind: "request" });
  await assert.rejects(signedBy(asAnother, "ed25519", pair.text), refuses("bad_signature"));
});

for (const [alg, how] of [["ed25519", { name: "Ed25519" }], ["p256", { name: "ECDSA", namedCurve: "P-256" }]]) {
  test(`a person's ${alg} key signs exactly the bytes that were shown, under their kind`, async () => {
    const pair = await pairOf(how);
    const kid = await kidOf(alg, pair.raw);
    const payload = b64encode(bytesOf('{"kind":"alert"}'));
    const sig = await signWith({ kid, alg, privateKey: pair.privateKey, made: 0 }, "alert", payload);
    const signed = { v: 1, kind: "alert", payload, sigs: [{ kid, sig }], chain: [] };
    assert.ok(await signedBy(await envelopeOf(signed), alg, pair.text));
    await assert.rejects(signedBy(await envelopeOf({ ...signed, kind: "drill" }), alg, pair.text), refuses("bad_signature"));
  });
}

test("an envelope beyond its limits is refused before anything is verified", async () => {
  const value = { v: 1, kind: "delegation", payload: b64encode(new Uint8Array(4097)), sigs: [], chain: [] };
  await assert.rejects(envelopeOf(value), refuses("too_large"));
  await assert.rejects(envelopeOf({ ...value, payload: "", chain: Array(17).fill({}) }), refuses("too_large"));
  await assert.rejects(envelopeOf({ ...value, payload: "", sigs: Array(9).fill({ kid: "k", sig: "" }) }), refuses("too_large"));
  await assert.rejects(envelopeOf({ ...value, payload: "", extra: 1 }), refuses("bad_envelope"));
  await assert.rejects(envelopeOf({ ...value, v: 2 }), refuses("bad_version"));
  await assert.rejects(envelopeOf(null), refuses("bad_version"));
});

test("only the server's own words are shown to people", () => {
  assert.equal(wordsOf(new Told("Máy chủ đang bận.")), "Máy chủ đang bận.");
  assert.equal(wordsOf(new TypeError("Failed to fetch")), "");
});
