// Tại cột: the telephone's position, its camera, a device's sticker. Without this file every step is a plain form.
"use strict";

const SIDE_PX = 1600;

function say(form, words) {
  const line = form.querySelector("[data-say]");
  line.textContent = words;
  line.hidden = !words;
}

function locate() {
  const form = document.querySelector("[data-locate]");
  const button = form?.querySelector("[data-here]");
  if (!button || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    say(form, "");
    const asking = setTimeout(() => say(form, form.dataset.asking), 1000);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        clearTimeout(asking);
        say(form, "");
        form.elements.latitude.value = coords.latitude.toFixed(6);
        form.elements.longitude.value = coords.longitude.toFixed(6);
        form.requestSubmit();
      },
      () => {
        clearTimeout(asking);
        button.disabled = false;
        say(form, form.dataset.refused);
        form.querySelector("details").open = true;
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 },
    );
  });
}

// A telephone's picture has 4 MB and the line at the pole is thin: what is sent is 1,600 pixels wide.
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE_PX / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 500_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob ? new File([blob], "cot.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

function photo() {
  const form = document.querySelector("[data-photo]");
  if (!form) return;
  form.dataset.ready = "";
  form.elements.photo.addEventListener("change", async () => {
    const [file] = form.elements.photo.files;
    if (!file) return;
    const sent = new DataTransfer();
    sent.items.add(await smaller(file));
    form.elements.photo.files = sent.files;
    form.requestSubmit();
  });
}

// The part of the page with the device renews itself, so its buttons are looked for each time.
async function scan(form) {
  const video = form.querySelector("[data-camera]");
  const words = form.querySelector("[data-scan-words]");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    video.hidden = words.hidden = false;
    words.textContent = words.dataset.looking;
    await video.play();
    const detector = new window.BarcodeDetector({ formats: ["qr_code", "code_128", "data_matrix"] });
    while (video.isConnected && !video.hidden) {
      const [found] = await detector.detect(video).catch(() => []);
      if (found) {
        form.elements.sticker.value = found.rawValue;
        form.requestSubmit();
        return;
      }
      await new Promise((again) => setTimeout(again, 200));
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.hidden = true;
  }
  words.hidden = true;
}

// Without a camera one types: the words stay as long as the cursor is in the field (below).
function typeInstead(form) {
  const words = form.querySelector("[data-scan-words]");
  words.textContent = words.dataset.refused;
  words.hidden = false;
  form.querySelector("details").open = true;
  form.elements.sticker.focus();
}

function scanning() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const show = () => {
    for (const button of document.querySelectorAll("[data-scan]")) button.hidden = false;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scan]");
    if (!button) return;
    const video = button.form.querySelector("[data-camera]");
    if (video.hidden) scan(button.form).catch(() => typeInstead(button.form));
    else video.hidden = true;
  });
  document.addEventListener("htmx:afterSwap", show);
  // While the camera looks, the part must not be replaced under it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (document.querySelector("[data-camera]:not([hidden])")) event.detail.shouldSwap = false;
  });
  show();
}

// What is being typed stays: a part with the cursor in it is not replaced.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.contains(document.activeElement) && document.activeElement.matches("input[type=text], textarea")) {
    event.detail.shouldSwap = false;
  }
});
locate();
photo();
scanning();
