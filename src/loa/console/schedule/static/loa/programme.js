// Moving an item of the programme: drag its grip, or press Space on it and use the arrow keys.
// What is done here is what the plain forms on the page do: one POST, then the page anew.
"use strict";

const lines = [...document.querySelectorAll("[data-session]")];
const say = (words) => { document.querySelector("[data-say]").textContent = words; };
const texts = document.documentElement.lang === "en"
  ? { grip: "Move", up: "Picked up. Arrow keys move it, Space drops it, Escape leaves it.", at: "place", left: "Left where it was." }
  : { grip: "Dời", up: "Đã nhấc lên. Phím mũi tên để dời, phím cách để đặt xuống, Esc để thôi.", at: "vị trí", left: "Để nguyên chỗ cũ." };

function rows(line) {
  return [...line.querySelectorAll(":scope > li[data-slot]")];
}

// The node numbers the items of one rank: priority, normal and fillers each have their own line.
function index(item) {
  const line = rows(item.parentElement).filter((one) => one.dataset.rank === item.dataset.rank);
  return line.indexOf(item);
}

function send(item, line) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = item.dataset.url;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const fields = {
    csrfmiddlewaretoken: token, do: "to", session: line.dataset.session,
    index: String(index(item)),
  };
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

function put(item, line, before) {
  line.insertBefore(item, before);
  for (const one of lines) one.classList.toggle("over", one === line);
}

function lineAt(y) {
  return lines.find((line) => y < line.getBoundingClientRect().bottom) || lines[lines.length - 1];
}

function begin(item) {
  return { line: item.parentElement, next: item.nextElementSibling };
}

function back(item, start) {
  start.line.insertBefore(item, start.next);
  finish(item);
}

function finish(item) {
  item.classList.remove("held");
  for (const one of lines) one.classList.remove("over");
}

function moved(item, start) {
  return item.parentElement !== start.line || item.nextElementSibling !== start.next;
}

// The window listens while an item is dragged: a grip that moves in the page loses its capture.
function byPointer(item, grip) {
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const start = begin(item);
    const over = new AbortController();
    const listen = (name, act) => window.addEventListener(name, act, { signal: over.signal });
    item.classList.add("held");
    listen("pointermove", (at) => {
      const line = lineAt(at.clientY);
      const below = rows(line).find((one) => one !== item
        && at.clientY < one.getBoundingClientRect().top + one.offsetHeight / 2);
      put(item, line, below || null);
    });
    listen("pointerup", () => {
      over.abort();
      const changed = moved(item, start);
      finish(item);
      if (changed) send(item, item.parentElement);
    });
    listen("pointercancel", () => {
      over.abort();
      back(item, start);
    });
  });
}

function step(item, down) {
  const line = item.parentElement;
  const all = rows(line);
  const to = all.indexOf(item) + (down ? 1 : -1);
  if (to >= 0 && to < all.length) {
    put(item, line, down ? all[to].nextElementSibling : all[to]);
    return;
  }
  const other = lines[lines.indexOf(line) + (down ? 1 : -1)];
  if (other) put(item, other, down ? rows(other)[0] || null : null);
}

function byKeyboard(item, grip) {
  let start = null;
  grip.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (!start) {
        start = begin(item);
        item.classList.add("held");
        grip.setAttribute("aria-pressed", "true");
        say(texts.up);
        return;
      }
      const changed = moved(item, start);
      finish(item);
      grip.setAttribute("aria-pressed", "false");
      start = null;
      if (changed) send(item, item.parentElement);
    } else if (start && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      step(item, event.key === "ArrowDown");
      grip.focus();
      const line = item.parentElement;
      say(`${line.dataset.name}, ${texts.at} ${rows(line).indexOf(item) + 1}`);
    } else if (start && event.key === "Escape") {
      back(item, start);
      grip.setAttribute("aria-pressed", "false");
      grip.focus();
      start = null;
      say(texts.left);
    }
  });
}

for (const line of lines) {
  for (const item of rows(line)) {
    const grip = document.createElement("button");
    grip.type = "button";
    grip.className = "grip";
    grip.textContent = "⠿";
    grip.setAttribute("aria-label", `${texts.grip} ${item.dataset.title}`);
    grip.setAttribute("aria-pressed", "false");
    item.prepend(grip);
    byPointer(item, grip);
    byKeyboard(item, grip);
  }
}
