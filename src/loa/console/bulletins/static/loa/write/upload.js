// A file in pieces: what has come is asked for after every break, and the rest follows.
import { ask } from "./form.js";

const TRIES = 8;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function send(form, file, onPart, onBreak, begun = {}) {
  if (file.size > Number(form.dataset.limit)) throw new Error("large");
  let state = begun.state;
  let failures = 0;
  while (!state || state.offset < file.size) {
    try {
      if (!state) {
        const answer = await ask(form, form.dataset.upload, {
          method: "POST", headers: { "Upload-Length": String(file.size) },
        });
        if (answer.status === 413) throw new Error("large");
        state = await read(answer);
      } else {
        const piece = file.slice(state.offset, state.offset + state.piece);
        const answer = await ask(form, state.url, {
          method: "PATCH", body: piece,
          headers: { "Upload-Offset": String(state.offset), "Content-Type": "application/offset+octet-stream" },
        });
        state = answer.status === 409 ? await answer.json() : await read(answer);
      }
      begun.state = state;
      failures = 0;
      onPart(state.offset / file.size);
    } catch (error) {
      if (error.message === "large") throw error;
      failures += 1;
      if (failures > TRIES) throw error;
      onBreak();
      await pause(Math.min(500 * 2 ** failures, 8000));
      state = (await asked(form, state)) || state;
    }
  }
  return state;
}

async function read(answer) {
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.json();
}

async function asked(form, state) {
  if (!state) return null;
  try {
    return await read(await ask(form, state.url));
  } catch {
    return null;
  }
}
