// Kênh: what somebody has ticked or is typing is not replaced under their hands.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.target;
  const typing = part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  if (part.querySelector("input[name=outlet]:checked") || typing) event.detail.shouldSwap = false;
});
