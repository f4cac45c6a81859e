// Composing: ticked places stay, the list can be searched, a voice is recorded on the spot.
import { Told, wordsOf } from "../told.js";

const chosen = document.getElementById("da-chon");
document.addEventListener("change", (event) => {
  const label = event.target.closest("#tim-thay label");
  if (label && event.target.checked && chosen) {
    const same = chosen.querySelector(`input[value="${CSS.escape(event.target.value)}"]`);
    if (same) {
      same.checked = true;
      label.remove();
    } else {
      chosen.append(label);
    }
  }
});

const counted = document.querySelector("[data-counted]");
if (counted) {
  const box = document.getElementById(counted.dataset.counted);
  const tell = () => {
    counted.textContent = `${box.value.length} / ${counted.dataset.most}`;
    counted.classList.toggle("over", box.value.length > Number(counted.dataset.most));
  };
  box.addEventListener("input", tell);
  tell();
}

// The voice. Twenty seconds are plenty; at the longest the recorder stops by itself.
const voice = document.getElementById("giong");
if (voice && navigator.mediaDevices && window.MediaRecorder) {
  const start = voice.querySelector("[data-start]");
  const stop = voice.querySelector("[data-stop]");
  const says = voice.querySelector("[data-says]");
  const sound = voice.querySelector("audio");
  const form = voice.closest("form");
  let recorder = null;
  let ticking = 0;
  start.hidden = false;

  async function upload(blob) {
    says.textContent = voice.dataset.working;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("recording", blob, "giong.webm");
    const answer = await fetch(voice.dataset.url, { method: "POST", body, credentials: "same-origin" });
    const value = await answer.json();
    if (!answer.ok) throw new Told(value.error);
    form.elements.speech.value = value.sha256;
    sound.src = value.url;
    sound.hidden = false;
    says.textContent = voice.dataset.done;
  }

  start.addEventListener("click", async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      recorder = new MediaRecorder(stream);
      recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
      recorder.addEventListener("stop", () => {
        clearInterval(ticking);
        for (const track of stream.getTracks()) track.stop();
        start.hidden = false;
        stop.hidden = true;
        upload(new Blob(parts, { type: recorder.mimeType })).catch((error) => {
          says.textContent = wordsOf(error) || voice.dataset.failed;
        });
      });
      recorder.start();
      const began = Date.now();
      start.hidden = true;
      stop.hidden = false;
      stop.focus();
      ticking = setInterval(() => {
        const seconds = Math.round((Date.now() - began) / 1000);
        says.textContent = `${voice.dataset.recording} ${seconds} ${voice.dataset.seconds}`;
        if (seconds >= Number(voice.dataset.most)) recorder.stop();
      }, 250);
    } catch {
      says.textContent = voice.dataset.noMicrophone;
    }
  });
  stop.addEventListener("click", () => recorder && recorder.state === "recording" && recorder.stop());
}
