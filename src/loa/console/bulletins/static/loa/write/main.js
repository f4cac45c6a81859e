// Soạn: what the page does by itself. Without this file every button is a plain form.
import { startBlanks, startCategory, startDrop, startSayAs } from "./form.js";
import { startHearing } from "./hear.js";
import { startKeeping } from "./keep.js";
import { startPictures } from "./picture.js";
import { startRecorder } from "./record.js";

const form = document.getElementById("tin");
if (form) {
  startSayAs(form);
  startCategory(form);
  startBlanks(form);
  startDrop(form);
  startHearing(form);
  startKeeping(form);
  startPictures(form);
  startRecorder(form);
}
