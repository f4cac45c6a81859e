// What the console's pages share. Every action also works as a plain form without this file.
"use strict";

// A day's picture is wider than a phone: begin where the day is now.
for (const line of document.querySelectorAll("[data-now]")) {
  const scroll = line.closest(".timeline-scroll");
  if (scroll && scroll.scrollWidth > scroll.clientWidth) {
    const box = line.getBoundingClientRect();
    scroll.scrollLeft = box.left - scroll.getBoundingClientRect().left - scroll.clientWidth / 2;
  }
}
