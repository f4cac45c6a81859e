// The band of orders in force comes by itself: the page asks for a stamp, and for the band when the
// stamp is another one. Whoever listens to the page hears of an order once.
const ASK_EVERY_MS = 1200;
const band = () => document.getElementById("bang");
const ROWS = "#bang [data-order], #bang [data-call]";
const idOf = (row) => row.dataset.order || row.dataset.call;
const told = new Set([...document.querySelectorAll(ROWS)].map(idOf));

const voice = document.createElement("p");
voice.className = "sr";
voice.setAttribute("role", "alert");
document.body.append(voice);
document.addEventListener("htmx:afterSettle", () => {
  for (const row of document.querySelectorAll(ROWS)) {
    if (told.has(idOf(row))) continue;
    told.add(idOf(row));
    voice.textContent = row.querySelector(".band-what").textContent;
  }
});

let last = "";
async function look() {
  try {
    if (!navigator.onLine) throw new Error("no line");
    const answer = await fetch(band().dataset.ask, { credentials: "omit", cache: "no-store" });
    const stamp = answer.ok ? await answer.text() : "";
    // The first stamp may be younger than the page: the band is asked for then, too.
    if (stamp !== last && band()) window.htmx.trigger(band(), "loa:changed");
    last = stamp;
  } catch {
    last = ""; // no line: when it is back the band is asked for at once
  }
  setTimeout(look, ASK_EVERY_MS);
}
if (band()) look();

// An order that waits for this person's signature rings until it is opened, signed or silenced here.
// A browser lets a page sound after the first touch only: until then the button offers it.
const RING_EVERY_MS = 2500;
const SILENCED = "loa-ring-silenced";
const silenced = new Set(JSON.parse(sessionStorage.getItem(SILENCED) || "[]"));
const calls = () => [...document.querySelectorAll("#bang [data-call]")];
const loud = () => calls().some((row) => !silenced.has(row.dataset.call));
let sound = null;

function tone(at, hertz) {
  const source = sound.createOscillator();
  const level = sound.createGain();
  source.frequency.value = hertz;
  level.gain.setValueAtTime(0.0001, at);
  level.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
  level.gain.exponentialRampToValueAtTime(0.0001, at + 0.38);
  source.connect(level).connect(sound.destination);
  source.start(at);
  source.stop(at + 0.4);
}

function show() {
  for (const row of calls()) {
    const button = row.querySelector("[data-ring]");
    const rings = sound && sound.state === "running" && !silenced.has(row.dataset.call);
    button.hidden = false;
    button.textContent = rings ? button.dataset.off : button.dataset.on;
    row.dataset.rings = rings ? "yes" : "no";
  }
}

async function ring() {
  if (!calls().length) return;
  if (!sound && window.AudioContext) sound = new AudioContext();
  if (sound && sound.state === "suspended") {
    // Where the browser forbids it the promise waits for a touch: nothing here may wait with it.
    sound.resume().catch(() => show());
  }
  if (loud() && sound && sound.state === "running") {
    for (const [n, hertz] of [880, 660, 880].entries()) tone(sound.currentTime + n * 0.42, hertz);
  }
  show();
}
setInterval(ring, RING_EVERY_MS);
ring();
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "bang" || event.target.closest("#bang")) ring();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ring]");
  if (sound && sound.state === "suspended") sound.resume().then(show);
  if (!button) return;
  const call = button.closest("[data-call]");
  if (call.dataset.rings === "yes") silenced.add(call.dataset.call);
  else silenced.delete(call.dataset.call);
  sessionStorage.setItem(SILENCED, JSON.stringify([...silenced].slice(-20)));
  ring();
});
