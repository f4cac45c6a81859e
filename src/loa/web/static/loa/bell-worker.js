// Shows what the node sent to this browser, and opens the page it names. It sees no other page.
"use strict";

const worker = /** @type {PushWorker} */ (/** @type {unknown} */ (self));

worker.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const urgent = Boolean(told.urgent);
  event.waitUntil(worker.registration.showNotification(told.title || "Loa", {
    body: told.body || "", tag: told.url || "loa", data: { url: told.url || "/duyet/" },
    // An urgent one sounds, shakes and stays until somebody touches it; called again, again.
    silent: false, renotify: urgent, requireInteraction: urgent, ...(urgent && { vibrate: [400, 200, 400, 200, 400] }),
  }));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data.url, worker.location.origin);
  if (to.origin === worker.location.origin) event.waitUntil(worker.clients.openWindow(to.href));
});
