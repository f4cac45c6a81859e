// A voice that people know: recorded here, cut at both ends, sent in pieces, kept by the server.
import { ask } from "./form.js";
import { send } from "./upload.js";
import { Told, wordsOf } from "../told.js";

const COUNT_FROM = 3;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export function startRecorder(form) {
  const box = form.querySelector("[data-recorder]");
  const part = (name) => box.querySelector(`[data-${name}]`);
  startFile(form, box);
  if (!box || !window.MediaRecorder || !navigator.mediaDevices) return;
  box.hidden = false;
  const player = new Audio();
  let recorder = null;
  let blob = null;
  let begun = {};
  let sound = null;

  const say = (name, more = "") => { part("record-words").textContent = (box.dataset[name] || "") + more; };

  async function count() {
    for (let left = COUNT_FROM; left > 0; left -= 1) {
      say("count", ` ${left}`);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }

  part("record").addEventListener("click", async () => {
    part("cut").hidden = true;
    say("ask");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
    } catch {
      return say("no");
    }
    part("record").hidden = true;
    const meter = startMeter(stream, part("level"));
    await count();
    const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    recorder = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 64000 } : {});
    const pieces = [];
    const since = performance.now();
    recorder.ondataavailable = (event) => pieces.push(event.data);
    const clock = setInterval(() => say("on", ` ${((performance.now() - since) / 1000).toFixed(0)} s`), 500);
    recorder.onstop = async () => {
      clearInterval(clock);
      meter();
      for (const track of stream.getTracks()) track.stop();
      part("record").hidden = false;
      part("record-stop").hidden = true;
      blob = new Blob(pieces, { type: recorder.mimeType });
      begun = {};
      await show();
    };
    recorder.start(1000);
    part("record-stop").hidden = false;
    part("record-stop").focus();
  });
  part("record-stop").addEventListener("click", () => recorder && recorder.state !== "inactive" && recorder.stop());

  async function show() {
    const context = new AudioContext();
    sound = await context.decodeAudioData(await blob.arrayBuffer());
    context.close();
    const [from, to] = speech(sound);
    for (const [name, value] of [["cut-from", from], ["cut-to", to]]) {
      part(name).max = sound.duration.toFixed(2);
      part(name).value = value.toFixed(2);
    }
    part("cut").hidden = false;
    say("done");
    draw();
  }

  function draw() {
    const from = Number(part("cut-from").value);
    const to = Math.max(Number(part("cut-to").value), from + 0.3);
    part("cut-from-words").value = `${from.toFixed(1)} s`;
    part("cut-to-words").value = `${to.toFixed(1)} s`;
    wave(part("wave"), sound, from, to);
  }
  part("cut-from").addEventListener("input", draw);
  part("cut-to").addEventListener("input", draw);

  part("cut-play").addEventListener("click", () => {
    const to = Number(part("cut-to").value);
    player.src = URL.createObjectURL(blob);
    player.ontimeupdate = () => { if (player.currentTime >= to) player.pause(); };
    player.onloadedmetadata = () => { player.currentTime = Number(part("cut-from").value); player.play(); };
  });

  part("cut-use").addEventListener("click", async (event) => {
    event.target.disabled = true;
    await use(form, box, blob, begun, {
      label: box.dataset.label,
      start: part("cut-from").value,
      end: part("cut-to").value,
      gate: part("gate").checked ? "1" : "0",
    });
    event.target.disabled = false;
  });
}

// A file that was chosen goes the same way, whole.
function startFile(form, box) {
  const field = form.elements.recording;
  field.addEventListener("change", async () => {
    const file = field.files[0];
    if (!file) return;
    box.hidden = false;
    if (await use(form, box, file, {}, { label: file.name, gate: "0" })) field.value = "";
  });
}

async function use(form, box, blob, begun, cut) {
  const says = box.querySelector("[data-record-words]");
  const bar = box.querySelector("[data-sending-bar]");
  bar.hidden = false;
  says.textContent = box.dataset.sending;
  try {
    const state = await send(form, blob, (share) => {
      bar.firstElementChild.value = Math.round(share * 100);
      says.textContent = `${box.dataset.sending}: ${Math.round(share * 100)} %`;
    }, () => { says.textContent = box.dataset.broken; }, begun);
    const answer = await ask(form, `${state.url}/ghi-am`, { method: "POST", body: new URLSearchParams(cut) });
    const told = await answer.json();
    if (!answer.ok) throw new Told(told.problem);
    take(form, told);
    says.textContent = "";
    box.querySelector("[data-cut]").hidden = true;
    return true;
  } catch (error) {
    const known = error.message === "large" ? box.dataset.large : "";
    says.textContent = known || wordsOf(error) || box.dataset.unsent;
    return false;
  } finally {
    bar.hidden = true;
  }
}

function take(form, told) {
  form.elements.recording_ticket.value = told.ticket;
  const kept = form.querySelector("[data-recording-kept]");
  kept.hidden = false;
  kept.querySelector("[data-recording-words]").textContent = told.words;
  kept.querySelector("[data-recording-audio]").src = told.url;
  form.elements.body.dispatchEvent(new Event("input", { bubbles: true }));
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function startMeter(stream, shown) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const heard = new Float32Array(analyser.fftSize);
  shown.hidden = false;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(heard);
    shown.value = Math.min(1, Math.max(...heard.map(Math.abs)) * 1.4);
  }, 60);
  return () => {
    clearInterval(timer);
    context.close();
    shown.hidden = true;
  };
}

// Where the voice begins and ends: the frames that stand out of the room's own noise.
function speech(sound) {
  const data = sound.getChannelData(0);
  const step = Math.round(sound.sampleRate / 50);
  const power = [];
  for (let at = 0; at + step <= data.length; at += step) {
    let sum = 0;
    for (let each = at; each < at + step; each += 1) sum += data[each] * data[each];
    power.push(Math.sqrt(sum / step));
  }
  const noise = [...power].sort((a, b) => a - b)[Math.floor(power.length / 10)] || 0;
  const loud = (value) => value > Math.max(noise * 3, 0.01);
  const first = power.findIndex(loud);
  const last = power.length - 1 - [...power].reverse().findIndex(loud);
  if (first < 0 || (last - first) / 50 < 0.3) return [0, sound.duration];
  return [Math.max(0, first / 50 - 0.15), Math.min(sound.duration, last / 50 + 0.3)];
}

function wave(canvas, sound, from, to) {
  const pen = canvas.getContext("2d");
  const data = sound.getChannelData(0);
  const style = getComputedStyle(canvas);
  const middle = canvas.height / 2;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  for (let x = 0; x < canvas.width; x += 2) {
    const at = Math.floor((x / canvas.width) * data.length);
    const end = Math.floor(((x + 2) / canvas.width) * data.length);
    let peak = 0;
    for (let each = at; each < end; each += 8) peak = Math.max(peak, Math.abs(data[each]));
    const seconds = (x / canvas.width) * sound.duration;
    pen.fillStyle = style.getPropertyValue(seconds >= from && seconds <= to ? "--green" : "--line");
    pen.fillRect(x, middle - peak * middle, 1.5, Math.max(1, peak * canvas.height));
  }
}
