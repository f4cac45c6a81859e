// The buttons are true to the order as it stands now: the part that renews itself says how it stands.
// They stay in the page, hidden or shown, so that a press under way is not taken away.
function show() {
  const says = document.querySelector("[data-stop]");
  if (!says) return;
  for (const one of document.querySelectorAll("[data-when]")) {
    one.hidden = !one.dataset.when.split(" ").includes(says.dataset.stop);
  }
}
document.addEventListener("htmx:afterSettle", show);
