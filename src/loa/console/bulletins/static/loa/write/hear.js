// Nghe từng câu: each sentence is made when its turn comes, the next while this one sounds; the first
// is fetched when the text has come to rest, so that it sounds at once when it is asked for.
import { ask, words } from "./form.js";

export function startHearing(form) {
  const box = form.querySelector("[data-hearing]");
  const start = box.querySelector("[data-hear-start]");
  const stop = box.querySelector("[data-hear-stop]");
  const says = box.querySelector("[data-hear-words]");
  const list = box.querySelector("[data-sentences]");
  const player = new Audio();
  let run = 0;
  box.hidden = false;

  const clips = new Map(); // by their words: the address of the same sentence is another each time
  const ready = new Set();
  async function clip({ text, url }) {
    if (!clips.has(text)) {
      clips.set(text, fetch(url, { credentials: "same-origin" }).then((answer) => {
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        return answer.blob();
      }));
      clips.get(text).then(() => ready.add(text), () => clips.delete(text));
    }
    return URL.createObjectURL(await clips.get(text));
  }

  // What the page was last told about; nothing while something newer is being typed.
  let changed = false;
  function first() {
    const told = document.querySelector("#cach-doc [data-first-heard]");
    return told && !changed ? { text: told.dataset.firstHeard, url: told.dataset.url } : null;
  }
  function fetchFirst() {
    const sentence = first();
    if (!sentence || document.activeElement === form.elements.title) return;
    if (navigator.connection?.saveData) return;
    clip(sentence).then(URL.revokeObjectURL, () => {});
  }
  form.addEventListener("input", (event) => {
    if (["title", "body", "spoken"].includes(event.target.name)) changed = true;
  });
  form.elements.title.addEventListener("blur", fetchFirst);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "cach-doc") return;
    changed = false;
    fetchFirst();
  });

  const sounded = (address) => new Promise((done, failed) => {
    player.onended = done;
    player.onerror = failed;
    player.src = address;
    player.play().then(() => { box.dataset.sounding = "1"; }, failed);
  });

  function ended(sentence) {
    run += 1;
    player.pause();
    delete box.dataset.sounding;
    start.hidden = false;
    stop.hidden = true;
    says.textContent = sentence || "";
    for (const one of list.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
  }

  // `early` is the first sentence where it sounds already.
  async function hear(sentences, from, early) {
    const mine = ++run;
    start.hidden = true;
    stop.hidden = false;
    try {
      for (let at = from; at < sentences.length; at += 1) {
        const address = early ? "" : await clip(sentences[at]);
        if (mine !== run) return;
        if (sentences[at + 1]) clip(sentences[at + 1]).catch(() => {});
        says.textContent = "";
        const buttons = list.querySelectorAll("button");
        for (const one of buttons) one.removeAttribute("aria-current");
        buttons[at].setAttribute("aria-current", "true");
        buttons[at].scrollIntoView({ block: "nearest" });
        await (early || sounded(address));
        early = null;
        URL.revokeObjectURL(address);
        if (mine !== run) return;
      }
      ended(says.dataset.over);
    } catch {
      if (mine === run) ended(says.dataset.failed);
    }
  }

  start.addEventListener("click", async () => {
    const opening = first();
    const mine = ++run;
    let early = null;
    start.hidden = true;
    stop.hidden = false;
    if (opening && ready.has(opening.text)) {
      early = clip(opening).then(sounded);
      early.catch(() => {});
    } else {
      player.play().catch(() => {}); // phones let only a tap begin sound; later ones follow from it
      says.textContent = says.dataset.making;
    }
    try {
      const answer = await ask(form, form.dataset.hear, { method: "POST", body: words(form) });
      const told = await answer.json();
      if (mine !== run) return;
      if (!answer.ok) return ended(told.problem);
      list.replaceChildren(...told.sentences.map((sentence, at) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = sentence.text;
        button.addEventListener("click", () => { player.pause(); hear(told.sentences, at); });
        const item = document.createElement("li");
        item.append(button);
        return item;
      }));
      if (early && told.sentences[0].text !== opening.text) early = null;
      await hear(told.sentences, 0, early);
    } catch {
      if (mine === run) ended(says.dataset.failed);
    }
  });
  stop.addEventListener("click", () => ended(""));
}
