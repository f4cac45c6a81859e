// Small help with the form's own fields.

// A marked place fills in "đọc là" and goes there, instead of sending the whole page.
export function startSayAs(form) {
  const box = form.querySelector("[data-say-as]");
  form.addEventListener("click", (event) => {
    const mark = event.target.closest("button.mark");
    if (!mark || !box) return;
    event.preventDefault();
    box.open = true;
    box.classList.add("called");
    form.elements.word.value = mark.dataset.written;
    form.elements.word_spoken.value = mark.dataset.said;
    box.scrollIntoView({ block: "nearest" });
    form.elements.word_spoken.focus();
    form.elements.word_spoken.select();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "cach-doc" || !box || !box.contains(document.activeElement)) return;
    box.open = false;
    box.classList.remove("called");
  });
}

export function startCategory(form) {
  const list = form.elements.category;
  const hint = document.getElementById("category-hint");
  list.addEventListener("change", () => {
    hint.textContent = list.selectedOptions[0].dataset.hint;
  });
}

// Blanks of a template are filled while one types; the text keeps what is still missing.
export function startBlanks(form) {
  const box = form.querySelector("[data-blanks]");
  if (!box) return;
  const names = [...box.querySelectorAll("[name=blank_name]")].map((field) => field.value);
  const values = [...box.querySelectorAll("[name=blank]")];
  let base = { title: form.elements.title.value, body: form.elements.body.value };
  let typing = false;
  const fill = (text) =>
    names.reduce((said, name, at) => said.replaceAll(`[${name}]`, values[at].value.trim() || `[${name}]`), text);
  box.addEventListener("input", () => {
    typing = true;
    for (const name of ["title", "body"]) {
      form.elements[name].value = fill(base[name]);
      form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
    }
    typing = false;
  });
  for (const name of ["title", "body"]) {
    form.elements[name].addEventListener("input", () => {
      if (typing) return;
      base = { ...base, [name]: form.elements[name].value };
    });
  }
}

// A document dropped on the page, or chosen, is read at once.
export function startDrop(form) {
  const box = form.querySelector("[data-drop]");
  if (!box) return;
  const field = form.elements.document;
  const button = box.querySelector("button");
  field.addEventListener("change", () => {
    if (field.files.length) form.requestSubmit(button);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      if (!event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      box.classList.toggle("over", name === "dragover");
      if (name === "drop") {
        field.files = event.dataTransfer.files;
        field.dispatchEvent(new Event("change"));
      }
    });
  }
}

// The words of the form without its files, as the server reads them.
export function words(form) {
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && name !== "do") sent.append(name, value);
  }
  return sent;
}

export async function ask(form, address, options = {}) {
  const held = document.cookie.split("; ").find((one) => one.startsWith("csrftoken="));
  const token = held ? held.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
  const headers = { "X-CSRFToken": token, ...(options.headers || {}) };
  return fetch(address, { credentials: "same-origin", ...options, headers });
}
