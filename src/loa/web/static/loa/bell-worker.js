// Shows what the node sent to this browser, and opens the page it names. It sees no other page.
"use strict";

self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const urgent = Boolean(told.urgent);
  event.waitUntil(self.registration.showNotification(told.title || "Loa", {
    body: told.body || "", tag: told.url || "loa", data: { url: told.url || "/duyet/" },
    // An urgent one sounds, shakes and stays until somebody touches it; called again, again.
    silent: false, renotify: urgent, requireInteraction: urgent, ...(urgent && { vibrate: [400, 200, 400, 200, 400] }),
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data.url, self.location.origin);
  if (to.origin === self.location.origin) event.waitUntil(self.clients.openWindow(to.href));
});
