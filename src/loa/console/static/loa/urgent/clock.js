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
