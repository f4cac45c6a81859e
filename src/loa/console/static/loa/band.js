// The band of orders in force comes by itself: the page asks for a stamp, and for the band when the
// stamp is another one. Whoever listens to the page hears of an order once.
const ASK_EVERY_MS = 1500;
const band = () => document.getElementById("bang");
const told = new Set([...document.querySelectorAll("#bang [data-order]")].map((row) => row.dataset.order));

const voice = document.createElement("p");
voice.className = "sr";
voice.setAttribute("role", "alert");
document.body.append(voice);
document.addEventListener("htmx:afterSettle", () => {
  for (const row of document.querySelectorAll("#bang [data-order]")) {
    if (told.has(row.dataset.order)) continue;
    told.add(row.dataset.order);
    voice.textContent = row.querySelector(".band-what").textContent;
  }
});

let last = "";
async function look() {
  try {
    const answer = await fetch(band().dataset.ask, { credentials: "omit", cache: "no-store" });
    const stamp = answer.ok ? await answer.text() : "";
    // The first stamp may be younger than the page: the band is asked for then, too.
    if (stamp !== last && band()) window.htmx.trigger(band(), "loa:changed");
    last = stamp;
  } catch {
    last = ""; // no line: when it is back the band is asked for at once
  }
  setTimeout(look, ASK_EVERY_MS);
}
if (band()) look();
