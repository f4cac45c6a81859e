// The clock since the order was sent for approval: it is on the author's mind and the approver's.
for (const clock of document.querySelectorAll("[data-since]")) {
  const begin = Date.now() - Number(clock.dataset.since) * 1000;
  const tell = () => {
    const seconds = Math.floor((Date.now() - begin) / 1000);
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tell();
  setInterval(tell, 1000);
}
// How long until something happens by itself, by the server's clock: the part around it is renewed.
const clock = document.getElementById("gio");
if (clock) {
  const ahead = Number(clock.dataset.now) - Date.now();
  setInterval(() => {
    for (const place of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.round((Date.parse(place.dataset.until) - Date.now() - ahead) / 1000));
      const said = `${clock.dataset.left} ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (place.textContent !== said) place.textContent = said;
    }
  }, 500);
}
