// A picture goes in pieces as soon as it is chosen; its field comes back from the server.
import { ask } from "./form.js";
import { send } from "./upload.js";
import { Told, wordsOf } from "../told.js";

export function startPictures(form) {
  const box = form.querySelector("[data-pictures]");
  const field = form.elements.new_picture;
  const says = box.querySelector("[data-picture-words]");
  const begun = new Map();

  field.addEventListener("change", async () => {
    const file = field.files[0];
    if (!file) return;
    const key = `${file.name} ${file.size} ${file.lastModified}`;
    if (!begun.has(key)) begun.set(key, {});
    says.textContent = box.dataset.sending;
    try {
      const state = await send(form, file, (share) => {
        says.textContent = `${box.dataset.sending}: ${Math.round(share * 100)} %`;
      }, () => { says.textContent = box.dataset.broken; }, begun.get(key));
      const told = new URLSearchParams({ label: file.name, alt: form.elements.new_alt.value });
      const answer = await ask(form, `${state.url}/anh`, { method: "POST", body: told });
      begun.delete(key);
      if (!answer.ok || answer.redirected) throw new Told((await answer.json()).problem);
      box.querySelector("[data-pictures-kept]").insertAdjacentHTML("beforeend", await answer.text());
      field.value = "";
      form.elements.new_alt.value = "";
      says.textContent = "";
      form.dispatchEvent(new Event("change", { bubbles: true }));
    } catch (error) {
      const known = error.message === "large" ? box.dataset.large : "";
      says.textContent = known || wordsOf(error) || box.dataset.unsent;
    }
  });
}
