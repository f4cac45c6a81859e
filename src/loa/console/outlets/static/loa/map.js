// The map of outlets: dots by state, sized by people in earshot, put together by the server's grid.
/* global L */
"use strict";

const config = JSON.parse(document.getElementById("map-config").textContent);
const shape = document.getElementById("map");
shape.replaceChildren();
const map = L.map(shape, { maxZoom: 19, minZoom: 4, zoomControl: false });
L.control.zoom({ zoomInTitle: config.words.nearer, zoomOutTitle: config.words.farther }).addTo(map);
map.attributionControl.setPrefix(false);
if (config.tiles) L.tileLayer(config.tiles, { maxZoom: 19, attribution: config.credit }).addTo(map);
const [south, west, north, east] = config.box;
map.fitBounds([[south, west], [north, east]], { padding: [30, 30], maxZoom: 16 });
const edges = L.layerGroup().addTo(map);
const dots = L.layerGroup().addTo(map);
let asked = 0;

function address(base) {
  const box = map.getBounds();
  const query = new URLSearchParams(config.query);
  query.set("box", [box.getSouth(), box.getWest(), box.getNorth(), box.getEast()].map((n) => n.toFixed(5)).join(","));
  query.set("z", map.getZoom());
  return `${base}?${query}`;
}

function radius(people) {
  return people ? Math.min(22, 7 + Math.sqrt(people) / 5) : 8;
}

// A dot is a link: it can be reached by keyboard and says its name.
function dot(cell) {
  const many = cell.outlets > 1;
  const side = many ? 34 : radius(cell.people) * 2;
  const icon = L.divIcon({
    className: `dot-on-map ${cell.state}${many ? " many" : ""}`,
    html: many ? `<b>${Number(cell.outlets)}</b>` : "",
    iconSize: [side, side],
  });
  const words = many ? `${cell.outlets} ${config.words.outlets}: ${config.words[cell.state]}` : `${cell.name}: ${config.words[cell.state]}`;
  const marker = L.marker([cell.latitude, cell.longitude], { icon, keyboard: true, title: words, alt: words });
  marker.on("click keypress", () => {
    if (many) map.setView([cell.latitude, cell.longitude], Math.min(19, map.getZoom() + 2));
    else window.location.assign(cell.url);
  });
  return marker;
}

async function draw() {
  const turn = ++asked;
  try {
    const answer = await fetch(address(config.cells), { headers: { Accept: "application/json" } });
    if (!answer.ok || turn !== asked) return;
    const { cells } = await answer.json();
    dots.clearLayers();
    for (const cell of cells) dots.addLayer(dot(cell));
    shape.dataset.cells = cells.length;
  } catch {
    shape.dataset.stale = "";
  }
}

async function outline() {
  if (!config.edges) return;
  const answer = await fetch(address(config.edges)).catch(() => null);
  if (!answer?.ok) return;
  edges.clearLayers();
  edges.addLayer(L.geoJSON(await answer.json(), { interactive: false, className: "edge", style: { weight: 1, fill: false } }));
}

map.on("moveend", () => { draw(); outline(); });
draw();
outline();
setInterval(draw, 30000);
