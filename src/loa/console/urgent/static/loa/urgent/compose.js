// Composing: places are chosen, the sentence follows them, a voice is recorded on the spot.
import { Told, wordsOf } from "../told.js";

// Places: a tick anywhere is a tick everywhere; a place and one inside it are never both ticked; the
// chosen ones stand on top with their numbers, and the sentence names them.
const chosen = document.getElementById("da-chon");
const ticks = () => [...document.querySelectorAll('input[name="target"]')];
const inside = (path, other) => path !== other && path.startsWith(`${other}/`);
const picked = () => [...new Set(ticks().filter((one) => one.checked).map((one) => one.value))];
let asked = 0;

function nameOf(box) {
  const bold = box.closest("label").querySelector("b");
  return bold ? bold.textContent : box.nextSibling.textContent.trim();
}

function tick(value, on) {
  for (const one of ticks()) if (one.value === value) one.checked = on;
}

async function showChosen() {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams(picked().map((path) => ["target", path]));
  const answer = await fetch(`${chosen.dataset.url}?${query}`, { credentials: "same-origin" });
  if (!answer.ok || mine !== asked) return;
  const focused = document.activeElement && chosen.contains(document.activeElement) ? document.activeElement.value : "";
  chosen.innerHTML = await answer.text();
  if (focused) (chosen.querySelector(`input[value="${CSS.escape(focused)}"]`) || chosen.querySelector("input"))?.focus();
  followPlaces();
}

document.addEventListener("change", (event) => {
  if (!chosen || event.target.name !== "target") return;
  const { value, checked } = event.target;
  const left = new Map();
  if (checked) {
    for (const one of ticks()) {
      if (one.checked && (inside(one.value, value) || inside(value, one.value))) left.set(one.value, nameOf(one));
    }
    for (const path of left.keys()) tick(path, false);
  }
  tick(value, checked);
  const says = document.getElementById("doi-noi");
  says.textContent = left.size ? chosen.dataset.replaced.replace("#", [...left.values()].join(", ")) : "";
  showChosen().catch(() => { says.textContent = ""; });
});

// The blank for the place follows the chosen places until somebody writes it.
const where = document.querySelector("[data-where]");
function followPlaces() {
  const said = chosen.querySelector("[data-phrase]");
  if (!where || !said || where.dataset.own) return;
  where.value = said.dataset.phrase;
  mirror(where);
}

// A blank is filled in once, and read wherever the words name it.
function mirror(field) {
  const name = field.name.replace("blank-", "");
  for (const one of document.querySelectorAll(`[data-gap="${CSS.escape(name)}"]`)) one.textContent = field.value || "…";
}
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.classList.contains("gap")) return;
  if (field === where) field.dataset.own = field.value ? "yes" : "";
  mirror(field);
});
const phraseThen = chosen?.querySelector("[data-phrase]");
if (where && phraseThen && where.value && where.value !== phraseThen.dataset.phrase) where.dataset.own = "yes";

const counted = document.querySelector("[data-counted]");
if (counted) {
  const box = document.getElementById(counted.dataset.counted);
  const tell = () => {
    counted.textContent = `${box.value.length} / ${counted.dataset.most}`;
    counted.classList.toggle("over", box.value.length > Number(counted.dataset.most));
  };
  box.addEventListener("input", tell);
  tell();
}

// The voice. Twenty seconds are plenty; at the longest the recorder stops by itself.
const voice = document.getElementById("giong");
if (voice && navigator.mediaDevices && window.MediaRecorder) {
  const start = voice.querySelector("[data-start]");
  const stop = voice.querySelector("[data-stop]");
  const says = voice.querySelector("[data-says]");
  const sound = voice.querySelector("audio");
  const form = voice.closest("form");
  let recorder = null;
  let ticking = 0;
  start.hidden = false;

  async function upload(blob) {
    says.textContent = voice.dataset.working;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("recording", blob, "giong.webm");
    const answer = await fetch(voice.dataset.url, { method: "POST", body, credentials: "same-origin" });
    const value = await answer.json();
    if (!answer.ok) throw new Told(value.error);
    form.elements.speech.value = value.sha256;
    sound.src = value.url;
    sound.hidden = false;
    says.textContent = voice.dataset.done;
  }

  start.addEventListener("click", async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      recorder = new MediaRecorder(stream);
      recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
      recorder.addEventListener("stop", () => {
        clearInterval(ticking);
        for (const track of stream.getTracks()) track.stop();
        start.hidden = false;
        stop.hidden = true;
        upload(new Blob(parts, { type: recorder.mimeType })).catch((error) => {
          says.textContent = wordsOf(error) || voice.dataset.failed;
        });
      });
      recorder.start();
      const began = Date.now();
      start.hidden = true;
      stop.hidden = false;
      stop.focus();
      ticking = setInterval(() => {
        const seconds = Math.round((Date.now() - began) / 1000);
        says.textContent = `${voice.dataset.recording} ${seconds} ${voice.dataset.seconds}`;
        if (seconds >= Number(voice.dataset.most)) recorder.stop();
      }, 250);
    } catch {
      says.textContent = voice.dataset.noMicrophone;
    }
  });
  stop.addEventListener("click", () => recorder && recorder.state === "recording" && recorder.stop());
}
