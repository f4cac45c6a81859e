// Nghe từng câu: each sentence is made when its turn comes, the next while this one sounds.
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

  const clips = new Map();
  async function clip(sentence) {
    if (!clips.has(sentence.url)) {
      clips.set(sentence.url, fetch(sentence.url, { credentials: "same-origin" }).then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.blob();
      }));
      clips.get(sentence.url).catch(() => clips.delete(sentence.url));
    }
    return URL.createObjectURL(await clips.get(sentence.url));
  }

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

  async function hear(sentences, from) {
    const mine = ++run;
    start.hidden = true;
    stop.hidden = false;
    try {
      for (let at = from; at < sentences.length; at += 1) {
        const address = await clip(sentences[at]);
        if (mine !== run) return;
        if (sentences[at + 1]) clip(sentences[at + 1]).catch(() => {});
        says.textContent = "";
        const buttons = list.querySelectorAll("button");
        for (const one of buttons) one.removeAttribute("aria-current");
        buttons[at].setAttribute("aria-current", "true");
        buttons[at].scrollIntoView({ block: "nearest" });
        await sounded(address);
        URL.revokeObjectURL(address);
        if (mine !== run) return;
      }
      ended(says.dataset.over);
    } catch {
      if (mine === run) ended(says.dataset.failed);
    }
  }

  start.addEventListener("click", async () => {
    player.play().catch(() => {}); // phones let only a tap begin sound; later ones follow from it
    says.textContent = says.dataset.making;
    try {
      const answer = await ask(form, form.dataset.hear, { method: "POST", body: words(form) });
      const told = await answer.json();
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
      await hear(told.sentences, 0);
    } catch {
      ended(says.dataset.failed);
    }
  });
  stop.addEventListener("click", () => ended(""));
}
