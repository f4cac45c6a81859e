// What the console's pages share. Every action also works as a plain form without this file.
"use strict";

// "/" goes to the search box from anywhere but a field.
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-search]");
  if (event.key !== "/" || !box || event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  if (box.offsetParent === null) location.href = box.form.action;
  else box.focus();
});

// A day's picture is wider than a phone: begin where the day is now.
function beginAtNow() {
  for (const line of document.querySelectorAll(".item.mine, [data-now]:not(.mine ~ *)")) {
    const scroll = line.closest(".timeline-scroll");
    if (!scroll || scroll.dataset.begun || scroll.scrollWidth <= scroll.clientWidth) continue;
    scroll.dataset.begun = "yes";
    const box = line.getBoundingClientRect();
    scroll.scrollLeft += box.left - scroll.getBoundingClientRect().left - scroll.clientWidth / 2;
  }
}
beginAtNow();
document.addEventListener("htmx:afterSettle", beginAtNow);

// A part that renews itself does not throw the keyboard back to the top of the page.
let kept = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  const on = document.activeElement;
  const inside = on && on !== document.body && event.detail.target.contains(on);
  kept = inside && !on.id && on.getAttribute("href") ? on.getAttribute("href") : "";
});
document.addEventListener("htmx:afterSettle", () => {
  if (!kept) return;
  const same = [...document.querySelectorAll("main a[href]")].find((one) => one.getAttribute("href") === kept);
  kept = "";
  if (same) same.focus({ preventScroll: true });
});

// Dialogs: a button opens the one it names.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog) dialog.showModal();
});

// The page says when it may be old, and why.
const stale = document.getElementById("stale");
function sayStale(why) {
  if (!stale) return;
  stale.hidden = !why;
  stale.textContent = why ? stale.dataset[why] : "";
}
addEventListener("offline", () => sayStale("offline"));
addEventListener("online", () => sayStale(""));
document.addEventListener("htmx:sendError", () => sayStale(navigator.onLine ? "old" : "offline"));
document.addEventListener("htmx:timeout", () => sayStale("old"));
const atTheDoor = (asked) => asked.responseURL && new URL(asked.responseURL).pathname.startsWith("/tai-khoan/login");
document.addEventListener("htmx:beforeSwap", (event) => {
  // Whoever is signed out is told so; the sign-in page does not belong inside another.
  if (atTheDoor(event.detail.xhr)) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const asked = event.detail.xhr;
  if (!asked?.status) return;
  if (atTheDoor(asked)) sayStale("signedOut");
  else sayStale(asked.status >= 500 ? "old" : "");
});

// A page opened yesterday, or before signing in again in another tab, holds an older token than the
// browser's cookie: what is sent carries the newest.
function newestToken() {
  const held = document.cookie.split("; ").find((one) => one.startsWith("csrftoken="));
  return held ? held.slice("csrftoken=".length) : "";
}
document.addEventListener("submit", (event) => {
  const field = event.target.elements.namedItem("csrfmiddlewaretoken");
  if (field && newestToken()) field.value = newestToken();
}, true);
document.addEventListener("htmx:configRequest", (event) => {
  if (newestToken()) event.detail.headers["x-csrftoken"] = newestToken();
});

// A file that its page would refuse is not sent first: the sentence stands under its field.
document.addEventListener("change", (event) => {
  const field = event.target;
  const most = Number(field.dataset?.most);
  if (!most || !field.files) return;
  const said = field.parentElement.querySelector("[data-large-said]");
  if (said) said.remove();
  if (![...field.files].some((file) => file.size > most * 1048576)) return;
  event.stopImmediatePropagation();
  field.value = "";
  const words = document.createElement("p");
  words.className = "wrong-text";
  words.setAttribute("role", "alert");
  words.setAttribute("data-large-said", "");
  words.textContent = document.getElementById("busy").dataset.large.replace("#", String(most));
  field.after(words);
}, true);

// A form that is on its way is not sent twice; after a second it says so in words.
const busy = document.getElementById("busy");
const under_way = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  const stays = event.submitter?.hasAttribute("data-stays");
  if (form.method === "dialog" || event.defaultPrevented || stays) return;
  if (under_way.has(form)) {
    event.preventDefault();
    return;
  }
  under_way.add(form);
  setTimeout(() => {
    if (busy && under_way.has(form)) {
      busy.textContent = busy.dataset.words;
      busy.hidden = false;
    }
  }, 1000);
});
// Ten seconds later a broken line may be tried again: the server knows what it has already taken.
document.addEventListener("submit", (event) => {
  setTimeout(() => under_way.delete(event.target), 10000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A link to something folded unfolds it; another folds it again.
document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-closes-details]");
  const open = closer && document.getElementById(closer.dataset.closesDetails);
  if (open) {
    event.preventDefault();
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens-details]");
  const folded = link && document.getElementById(link.dataset.opensDetails);
  if (!folded) return;
  event.preventDefault();
  folded.open = true;
  folded.scrollIntoView({ block: "center" });
  folded.querySelector("input, textarea").focus({ preventScroll: true });
});
