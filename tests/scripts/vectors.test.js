// The browser loudspeaker's verifier judges the published vectors as every device does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Trust } from "../../var/scripts/loa/speaker/trust.js";
import { allowed, isFor, slotId } from "../../var/scripts/loa/speaker/slots.js";

const published = (name) => JSON.parse(readFileSync(new URL(`../../docs/protocol/${name}.json`, import.meta.url), "utf8"));

const SIGNERS = { assignment: "node", plan: "node", time: "node", trust: "registrar", policy: "registrar" };
const READ = new Set([...Object.keys(SIGNERS), "delegation"]);

// What it does not read, by the way it comes or by its kind, and why.
const NOT_READ = {
  way: {
    area: "orders come this way: it is for hearing programmes and sounds none",
    open: "what orders are in force: it asks for none",
    link: "between nodes",
    receipt: "what a device sends",
    request: "what a device sends",
  },
  kind: {
    alert: "it sounds no orders",
    command: "it obeys no commands: its page has buttons",
    template: "only orders are filled from templates",
    root: "its root came with the page and is never replaced",
  },
};
// Where it answers otherwise, and why.
const OTHERWISE = {
  // It asks its own node alone, so nothing of the parent's comes.
  "assignment: by the parent": "wrong_node",
  // What was revoked stays so, whatever a later list leaves out: nothing is taken back by it.
  "a list of revoked keys that has shrunk": "accepted",
};

const kindOf = ({ text }) => { try { return JSON.parse(text).kind; } catch { return undefined; } };
const why = (one) => NOT_READ.way[one.way] ?? NOT_READ.kind[kindOf(one)] ?? "";

async function device(document, receiver) {
  const trust = new Trust(document.anchor);
  await trust.begin(document.root);
  if (receiver) trust.place(receiver);
  return trust;
}

async function take(trust, text, now) {
  const value = JSON.parse(text);
  const { kind, chain } = value;
  await trust.learn(chain, now);
  if (kind === "delegation") return trust.learn([value], now);
  if (kind === "trust") return trust.learnRevocations([value], now);
  if (kind === "plan") return (await trust.newest(value, kind, SIGNERS[kind], now)).payload;
  return trust.believe(value, kind, SIGNERS[kind], kind === "time" ? null : now);
}

async function verdict(document, vector) {
  const trust = await device(document, vector.receiver);
  try {
    for (const earlier of vector.before ?? []) await take(trust, earlier.text, Date.parse(earlier.now));
    await take(trust, vector.text, Date.parse(vector.now));
  } catch (error) {
    return error.reason ?? `broken: ${error}`;
  }
  return "accepted";
}

const vectors = published("vectors");
const concerned = vectors.vectors.filter((one) => !why(one) && !(one.before ?? []).some(why));

test("every vector is of a kind that it reads, or has a reason why not", () => {
  for (const one of concerned) {
    for (const each of [one, ...(one.before ?? [])]) assert.ok(READ.has(kindOf(each)), one.name);
  }
  assert.ok(concerned.length >= 20, `${concerned.length} vectors`);
});

for (const vector of concerned) {
  test(`vector: ${vector.name}`, async () => {
    assert.equal(await verdict(vectors, vector), OTHERWISE[vector.name] ?? vector.expect);
  });
}

const scripts = published("scripts");
const plans = scripts.scripts.filter((script) => script.steps.some((step) => step.way === "plan"));

test("enough scripts bring a plan", () => assert.ok(plans.length >= 15, `${plans.length} scripts`));

for (const script of plans) {
  test(`slots begun: ${script.name}`, async () => {
    const { outlet, station, paths } = scripts.receiver;
    const trust = await device(scripts, scripts.receiver);
    const known = { plan: [], policy: [] };
    for (const step of script.steps.filter((one) => one.way in known && !why(one))) {
      const payload = await take(trust, step.text, Date.parse(script.begin) + step.at_ms);
      known[payload.kind].push(payload);
    }
    const begun = new Set();
    for (const plan of known.plan) {
      for (const item of plan.items) {
        if (isFor(item, outlet, paths) && allowed(plan, known.policy, Date.parse(item.at))) begun.add(await slotId(station, item));
      }
    }
    // A file that is missing, or a device that is off, is no reason of the plan's.
    const slots = script.receipts.filter((one) => one.id.length === 32);
    const expected = slots.filter((one) => one.reason !== "outside_session" || one.result === "interrupted");
    assert.deepEqual([...begun].sort(), [...new Set(expected.map((one) => one.id))].sort());
  });
}
