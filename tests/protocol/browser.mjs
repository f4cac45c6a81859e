// The browser loudspeaker's own modules judge what is published: the verdict on each vector of the
// kinds that it reads, and the slots that it would begin of each script's plan. One JSON on stdout.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [speaker, protocol] = process.argv.slice(2);
const { Trust } = await import(pathToFileURL(`${speaker}/trust.js`));
const { allowed, isFor, slotId } = await import(pathToFileURL(`${speaker}/slots.js`));
const published = async (name) => JSON.parse(await readFile(`${protocol}/${name}.json`, "utf8"));

const SIGNERS = { assignment: "node", plan: "node", time: "node", trust: "registrar", policy: "registrar" };
const BY_VERSION = new Set(["plan"]);

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
  if (kind === "trust") return trust.learnRevocations([value], now);
  if (BY_VERSION.has(kind)) return (await trust.newest(value, kind, SIGNERS[kind], now)).payload;
  return trust.believe(value, kind, SIGNERS[kind], kind === "time" ? null : now);
}

const readable = ({ text, way }) => {
  if (!text || way === "link") return false;
  try { return JSON.parse(text).kind in SIGNERS; } catch { return false; }
};

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

async function verdicts() {
  const document = await published("vectors");
  const found = {};
  for (const vector of document.vectors) {
    if (readable(vector) && (vector.before ?? []).every(readable)) found[vector.name] = await verdict(document, vector);
  }
  return found;
}

async function slots() {
  const document = await published("scripts");
  const { outlet, station, paths } = document.receiver;
  const found = {};
  for (const script of document.scripts) {
    const trust = await device(document, document.receiver);
    const plans = [];
    const policies = [];
    for (const step of script.steps.filter((one) => ["plan", "policy"].includes(one.way) && readable(one))) {
      const payload = await take(trust, step.text, Date.parse(script.begin) + step.at_ms);
      (payload.kind === "policy" ? policies : plans).push(payload);
    }
    const begun = new Set();
    for (const plan of plans) {
      for (const item of plan.items) {
        if (isFor(item, outlet, paths) && allowed(plan, policies, Date.parse(item.at))) begun.add(await slotId(station, item));
      }
    }
    if (script.steps.some((one) => one.way === "plan")) found[script.name] = [...begun].sort();
  }
  return found;
}

console.log(JSON.stringify({ verdicts: await verdicts(), slots: await slots() }));
