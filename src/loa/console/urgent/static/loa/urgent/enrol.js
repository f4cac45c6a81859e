// The page of one's own keys: make one here, and see which of the known ones live in this browser.
import { forgetKey, keptKey, makeKey, signWith } from "./keys.js";
import { Told, wordsOf } from "../told.js";

const form = document.getElementById("tao-khoa");
const says = document.querySelector("[data-says]");

async function register() {
  const made = await makeKey();
  try {
    form.elements.alg.value = made.alg;
    form.elements.key.value = made.text;
    const body = new FormData(/** @type {HTMLFormElement} */ (/** @type {unknown} */ (form)));
    const answer = await fetch(form.dataset.challengeUrl, { method: "POST", body, credentials: "same-origin" });
    const value = await answer.json();
    if (!answer.ok) throw new Told(value.error);
    const sig = await signWith(made, value.kind, value.payload);
    form.elements.signed.value = JSON.stringify([{ ...value, kid: made.kid, sig }]);
    form.submit();
  } catch (error) {
    await forgetKey(made.kid);
    throw new Told(wordsOf(error) || document.body.dataset.failed);
  }
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    register().catch((error) => {
      says.textContent = wordsOf(error) || says.dataset.failed;
      says.hidden = false;
      button.disabled = false;
    });
  });
}

for (const row of document.querySelectorAll("[data-kid]")) {
  const here = row.querySelector("[data-here]");
  const away = row.querySelector("[data-away]");
  if (!here || !away) continue; // a key that was reported lost is nowhere
  keptKey(row.dataset.kid).then((key) => {
    here.hidden = !key;
    away.hidden = Boolean(key);
  });
}
