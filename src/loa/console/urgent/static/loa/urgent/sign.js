// Forms that end in a signature. The bytes come with the page, or fresh at the press of the button.
import { keyAmong, signWith } from "./keys.js";
import { Told, wordsOf } from "../told.js";

const words = (form, name) => form.dataset[name] || document.body.dataset[name] || "";

async function draftsOf(form) {
  if (!form.dataset.draftUrl) return JSON.parse(form.elements.drafts.value);
  const body = new FormData(form);
  const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, credentials: "same-origin" });
  const value = await answer.json();
  if (!answer.ok) throw new Told(value.error);
  return value.drafts;
}

async function signAll(drafts) {
  const signed = [];
  for (const { kind, payload, kids } of drafts) {
    const key = await keyAmong(kids);
    if (!key) return null;
    signed.push({ kind, payload, kid: key.kid, sig: await signWith(key, kind, payload) });
  }
  return signed;
}

function say(form, text) {
  const place = form.querySelector("[data-says]");
  if (place) {
    place.textContent = text;
    place.hidden = !text;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-sign]")) return;
  if (form.elements.line?.value.trim()) return; // signed by `loa sign`
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  say(form, "");
  try {
    const signed = await signAll(await draftsOf(form));
    if (!signed) {
      say(form, words(form, "noKey"));
      const other = form.querySelector("[data-no-key]");
      if (other) other.open = true;
      return;
    }
    form.elements.signed.value = JSON.stringify(signed);
    form.submit();
  } catch (error) {
    say(form, wordsOf(error) || words(form, "failed"));
  } finally {
    delete form.dataset.busy;
  }
});

// A machine without the asker's key says so before anything is written.
function look() {
  for (const place of document.querySelectorAll("[data-my-kids]")) {
    keyAmong(JSON.parse(place.dataset.myKids))
      .then((key) => { place.hidden = Boolean(key); })
      .catch(() => { place.hidden = false; });
  }
}
look();
document.addEventListener("htmx:afterSettle", look);
