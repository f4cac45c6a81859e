// Duyệt: this browser may ask to be told what waits. Nothing is asked before the button is pressed.
const box = document.querySelector("[data-bell]");

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function tell(subscription, off) {
  const { endpoint, keys } = subscription.toJSON();
  const sent = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth, do: off ? "off" : "on" });
  const answer = await fetch(box.dataset.bell, {
    method: "POST", body: sent, credentials: "same-origin", headers: { "X-CSRFToken": box.dataset.csrf },
  });
  return (await answer.json()).words;
}

async function start() {
  const says = box.querySelector("[data-bell-words]");
  const button = box.querySelector("button");
  const worker = await navigator.serviceWorker.register(box.dataset.worker);
  let held = await worker.pushManager.getSubscription();
  const show = () => { button.textContent = held ? box.dataset.off : box.dataset.on; };
  box.hidden = false;
  show();
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if (held) {
        says.textContent = await tell(held, true);
        await held.unsubscribe();
        held = null;
      } else {
        held = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) });
        says.textContent = await tell(held, false);
      }
    } catch {
      says.textContent = box.dataset.no;
    }
    button.disabled = false;
    show();
  });
}

if (box && "serviceWorker" in navigator && "PushManager" in window) start().catch(() => {});
