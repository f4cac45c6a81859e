// What is typed keeps itself: on the server every few seconds, in this browser while that fails.
import { ask, words } from "./form.js";

const AFTER_MS = 2500;

export function startKeeping(form) {
  const says = form.querySelector("[data-kept]");
  if (!says) return;
  const of = form.elements.of ? form.elements.of.value : "new";
  const drawer = `loa.keep.${of}`;
  let timer = 0;
  let sent = false;
  let last = words(form).toString();

  const here = {
    put(text) { try { localStorage.setItem(drawer, text); } catch { /* a full or closed drawer */ } },
    get() { try { return localStorage.getItem(drawer); } catch { return null; } },
    drop() { try { localStorage.removeItem(drawer); } catch { /* as above */ } },
  };

  async function keep() {
    const now = words(form);
    if (now.toString() === last) return;
    try {
      const answer = await ask(form, form.dataset.keep, { method: "POST", body: now });
      if (answer.redirected) {
        here.put(now.toString());
        says.textContent = says.dataset.signedOut;
        return;
      }
      const told = await answer.json();
      says.textContent = told.words || told.problem;
      says.classList.toggle("wrong-text", !answer.ok);
      if (answer.ok) {
        last = now.toString();
        here.drop();
      }
    } catch {
      here.put(now.toString());
      says.textContent = says.dataset.failed;
      timer = setTimeout(keep, AFTER_MS * 4);
    }
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, AFTER_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && !sent) keep();
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    sent = true;
    setTimeout(() => { sent = false; }, 15000);
    if (!navigator.onLine) here.put(words(form).toString());
  });

  const left = here.get();
  if (left && left !== last) offer(form, says, new URLSearchParams(left), here);
}

function offer(form, says, left, here) {
  if (!left.get("title") && !left.get("body")) return here.drop();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = says.dataset.restore;
  says.replaceChildren(`${says.dataset.found} `, button);
  button.addEventListener("click", () => {
    for (const name of ["title", "body", "issuer", "spoken", "spoken_made"]) {
      const field = form.elements[name];
      if (field && left.has(name)) field.value = left.get(name);
    }
    form.elements.body.dispatchEvent(new Event("input", { bubbles: true }));
    says.textContent = "";
    here.drop();
  });
}
