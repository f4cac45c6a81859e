// The stop button's page: what is offered follows what the renewed part says, and nothing is taken
// out of the page.
import assert from "node:assert/strict";
import test from "node:test";

const listeners = new Map();
const buttons = ["window sounds partly", "silent partly", "spent"].map((when) => ({ dataset: { when }, hidden: true }));
let says = null;
globalThis.document = {
  addEventListener: (name, listener) => listeners.set(name, listener),
  querySelector: () => says,
  querySelectorAll: () => buttons,
};
await import("../../var/scripts/loa/urgent/stop.js");

function shownFor(state) {
  says = { dataset: { stop: state } };
  listeners.get("htmx:afterSettle")();
  return buttons.filter((one) => !one.hidden).map((one) => one.dataset.when);
}

test("each state shows its own buttons", () => {
  assert.deepEqual(shownFor("sounds"), ["window sounds partly"]);
  assert.deepEqual(shownFor("silent"), ["silent partly"]);
  assert.deepEqual(shownFor("partly"), ["window sounds partly", "silent partly"]);
  assert.deepEqual(shownFor("spent"), ["spent"]);
  assert.deepEqual(shownFor("over"), []);
});

test("a part without a word of it changes nothing", () => {
  shownFor("sounds");
  says = null;
  listeners.get("htmx:afterSettle")();
  assert.equal(buttons[0].hidden, false);
});
