/* The map: MapLibre over this server's vector tiles. Dash tells it what to show through
   window.cetm.call, and hears of clicks and drawn shapes through window.cetm.tell. */
import * as maplibre from 'maplibre-gl';
import { installImages } from './map/images.mjs';
import { PARTS, hoverLayers, sourcesOf, styleLayers } from './map/style.mjs';
import { hoverCard } from './map/hover.mjs';
import { drawing } from './map/draw.mjs';
import { furniture } from './map/furniture.mjs';

maplibre.setWorkerUrl(new URL(import.meta.resolve('maplibre-gl-worker')).href);

const still = window.matchMedia('(prefers-reduced-motion: reduce)');
let draw = null;
let applied = new Map();
let attachReady;
/* What the parts of the map share. ready: resolves once the map is drawn for the first time. */
const hub = {
  config: null, map: null,
  state: {
    view: 'explore', selected: null, filter: null, visible: null,
    sitePieces: null, proposalPieces: null,
  },
  ready: new Promise((resolve) => { attachReady = resolve; }),
  maplibre, restyle, fit,
  isStill: () => still.matches,
  isDrawing: () => draw?.isDrawing() ?? false,
};
const { state } = hub;

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Bring the style up to the state; only what changed is told to the map. */
function restyle() {
  for (const layer of styleLayers(hub.config, state)) {
    const before = applied.get(layer.id);
    for (const kind of ['paint', 'layout']) {
      for (const [name, value] of Object.entries(layer[kind] || {})) {
        if (same(before?.[kind]?.[name], value)) continue;
        if (kind === 'paint') hub.map.setPaintProperty(layer.id, name, value);
        else hub.map.setLayoutProperty(layer.id, name, value);
      }
    }
    if (!same(before?.filter, layer.filter)) hub.map.setFilter(layer.id, layer.filter);
    applied.set(layer.id, layer);
  }
}

/** Room that the column's sheet, on a small screen, or the open legend take from the map. */
function padding(more = 0) {
  const column = document.getElementById('column');
  if (window.matchMedia('(max-width: 700px)').matches) {
    return { top: 24, left: 24, right: 24, bottom: column ? column.offsetHeight + 16 : 24 };
  }
  const legend = document.getElementById('legend');
  const width = document.getElementById('map').clientWidth;
  const beside = legend?.open && width > 2.2 * legend.offsetWidth ? legend.offsetWidth : 40;
  const side = 28 + more;
  return { top: 56 + more / 2, left: side, right: side + beside, bottom: side };
}

function fit(bounds, { maxZoom = 12, more = 0 } = {}) {
  hub.map.fitBounds(bounds, {
    padding: padding(more), maxZoom, duration: still.matches ? 0 : 400, essential: false,
  });
}

async function loadFonts() {
  const faces = ['400 12px "CETM Map"', '400 12px "CETM Map Serif"'];
  await Promise.allSettled(faces.map((face) => document.fonts.load(face, 'Aé')));
}

async function start(given) {
  if (hub.config) return;
  hub.config = given;
  await loadFonts();
  state.visible = new Set(given.layers.filter((layer) => layer.visible).map((layer) => layer.id));
  const map = new maplibre.Map({
    container: 'map', hash: 'map', bounds: given.bounds, fitBoundsOptions: { padding: padding() },
    style: { version: 8, sources: {}, layers: [] },
    attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
    maxZoom: 17, fadeDuration: still.matches ? 0 : 120, touchPitch: false,
  });
  hub.map = map;
  map.touchZoomRotate.disableRotation();
  await new Promise((resolve) => map.once('load', resolve));
  map.getCanvas().setAttribute('aria-label', given.words.map);
  installImages(map);
  for (const [id, source] of Object.entries(sourcesOf(given))) map.addSource(id, source);
  const layers = styleLayers(given, state);
  for (const layer of layers) map.addLayer(layer);
  applied = new Map(layers.map((layer) => [layer.id, layer]));
  draw = drawing(map, (shape) => window.cetm.tell('drawn', shape));
  draw.setActive(state.view === 'propose');
  furniture(map, { fit: () => fit(given.bounds) });
  hoverCard(map, given, () => hoverLayers(given, state), hub.isDrawing);
  for (const part of PARTS) part.install?.(hub);
  map.on('click', pick);
  map.on('error', onError);
  watchTheme();
  window.cetm.map = map;
  attachReady(map);
}

/** A click opens the title under it; where several lie there, the next one at each click. */
function pick(event) {
  if (state.view === 'propose') return;
  const hit = hoverLayers(hub.config, state);
  const found = hub.map.queryRenderedFeatures(event.point, {
    layers: hit.filter((layer) => layer.site).map((layer) => layer.id),
  });
  const sites = [...new Set(found.map((feature) => feature.properties.id))];
  if (!sites.length) return;
  const next = sites[(sites.indexOf(state.selected) + 1) % sites.length];
  window.cetmAddress.go({ view: '', place: '', site: next });
}

function onError(event) {
  const status = event.error?.status;
  const notice = document.getElementById('map-notice');
  if (status === 404 && notice) {
    notice.textContent = hub.config.words.rebuilt;
    notice.hidden = false;
  } else if (status !== 403) {
    console.warn(event.error?.message || 'map error');
  }
}

function watchTheme() {
  new MutationObserver(() => {
    installImages(hub.map);
    restyle();
    for (const part of PARTS) part.themeChanged?.(hub);
    draw.restyle();
  }).observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
}

const asked = Object.assign({}, ...PARTS.map((part) => part.api?.(hub) || {}));

window.cetm.attach({
  ...asked,
  start,
  async setView(view) {
    state.view = view;
    await hub.ready;
    draw.setActive(view === 'propose');
    asked.viewChanged();
    restyle();
    hub.map.resize();
  },
  async filter(filter) {
    state.filter = filter;
    await hub.ready;
    restyle();
  },
  async layers(visible) {
    state.visible = new Set(visible);
    await hub.ready;
    restyle();
  },
  async showDrawn(geometry) {
    await hub.ready;
    draw.show(geometry);
    const ring = geometry.coordinates[0];
    const lons = ring.map((corner) => corner[0]);
    const lats = ring.map((corner) => corner[1]);
    const bounds = [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
    fit(bounds, { maxZoom: 13 });
  },
});
