/* The map: MapLibre over this server's vector tiles. Dash tells it what to show through
   window.cetm.call, and hears of clicks and drawn shapes through window.cetm.tell. */
import * as maplibre from 'maplibre-gl';
import { installImages } from './map/images.mjs';
import { styleLayers, sourcesOf, hoverLayers } from './map/style.mjs';
import { hoverCard } from './map/hover.mjs';
import { drawing } from './map/draw.mjs';
import { furniture } from './map/furniture.mjs';

maplibre.setWorkerUrl(new URL(import.meta.resolve('maplibre-gl-worker')).href);

const EMPTY = { type: 'FeatureCollection', features: [] };
const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const state = {
  view: 'explore', selected: null, filter: null, visible: null,
  sitePieces: null, proposalPieces: null,
};
let config = null;
let map = null;
let draw = null;
let applied = new Map();
let attachReady;
const ready = new Promise((resolve) => { attachReady = resolve; });

function applyStyle() {
  for (const layer of styleLayers(config, state)) {
    const before = applied.get(layer.id);
    for (const kind of ['paint', 'layout']) {
      for (const [name, value] of Object.entries(layer[kind] || {})) {
        if (same(before?.[kind]?.[name], value)) continue;
        if (kind === 'paint') map.setPaintProperty(layer.id, name, value);
        else map.setLayoutProperty(layer.id, name, value);
      }
    }
    if (!same(before?.filter, layer.filter)) map.setFilter(layer.id, layer.filter);
    applied.set(layer.id, layer);
  }
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

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

function fit(bounds, maxZoom = 12, more = 0) {
  map.fitBounds(bounds, {
    padding: padding(more), maxZoom, duration: still.matches ? 0 : 400, essential: false,
  });
}

function showPieces() {
  const shown = state.view === 'propose' ? state.proposalPieces : state.sitePieces;
  map.getSource('pieces').setData(shown || EMPTY);
}

async function loadSitePieces(siteId) {
  const answer = await fetch(`${config.api}/sites/${encodeURIComponent(siteId)}/overlaps.geojson`);
  if (state.selected !== siteId || !answer.ok) return;
  state.sitePieces = await answer.json();
  showPieces();
}

async function loadFonts() {
  const faces = ['400 12px "CETM Map"', '400 12px "CETM Map Serif"'];
  await Promise.allSettled(faces.map((face) => document.fonts.load(face, 'Aé')));
}

async function start(given) {
  if (map) return;
  config = given;
  await loadFonts();
  state.visible = new Set(config.layers.filter((layer) => layer.visible).map((layer) => layer.id));
  map = new maplibre.Map({
    container: 'map', hash: 'map', bounds: config.bounds, fitBoundsOptions: { padding: padding() },
    style: { version: 8, sources: {}, layers: [] },
    attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
    maxZoom: 17, fadeDuration: still.matches ? 0 : 120, touchPitch: false,
  });
  map.touchZoomRotate.disableRotation();
  await new Promise((resolve) => map.once('load', resolve));
  map.getCanvas().setAttribute('aria-label', 'Map of mining titles; the list holds the same titles');
  installImages(map);
  for (const [id, source] of Object.entries(sourcesOf(config))) map.addSource(id, source);
  const layers = styleLayers(config, state);
  for (const layer of layers) map.addLayer(layer);
  applied = new Map(layers.map((layer) => [layer.id, layer]));
  draw = drawing(map, (shape) => window.cetm.tell('drawn', shape));
  draw.setActive(state.view === 'propose');
  furniture(map, { fit: () => fit(config.bounds) });
  hoverCard(map, config, () => hoverLayers(config, state), () => draw.isDrawing());
  map.on('click', pick);
  map.on('error', onError);
  watchTheme();
  window.cetm.map = map;
  attachReady(map);
}

/** A click opens the title under it; where several lie there, the next one at each click. */
function pick(event) {
  if (state.view === 'propose') return;
  const ids = hoverLayers(config, state).filter((layer) => layer.site).map((layer) => layer.id);
  const found = map.queryRenderedFeatures(event.point, { layers: ids });
  const sites = [...new Set(found.map((feature) => feature.properties.id))];
  if (!sites.length) return;
  const next = sites[(sites.indexOf(state.selected) + 1) % sites.length];
  window.cetm.tell('clicked', { id: next, at: Date.now() });
}

function onError(event) {
  const status = event.error?.status;
  const notice = document.getElementById('map-notice');
  if (status === 404 && notice) {
    notice.textContent = 'The data were rebuilt since this page was opened. Reload the page.';
    notice.hidden = false;
  } else if (status !== 403) {
    console.warn(event.error?.message || 'map error');
  }
}

function watchTheme() {
  new MutationObserver(() => {
    installImages(map);
    applyStyle();
    draw.restyle();
  }).observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
}

window.cetm.attach({
  start,
  async setView(view) {
    state.view = view;
    await ready;
    draw.setActive(view === 'propose');
    showPieces();
    applyStyle();
    map.resize();
  },
  /** Select a site and bring it into sight, unless the address already says where to look. */
  async focus(site) {
    const restored = !map && /map=/.test(window.location.hash);
    state.selected = site?.site_id ?? null;
    await ready;
    state.sitePieces = null;
    showPieces();
    applyStyle();
    map.resize();
    if (!site) return;
    loadSitePieces(site.site_id);
    if (!restored) fit(site.bounds, 13, 48);
  },
  async filter(filter) {
    state.filter = filter;
    await ready;
    applyStyle();
  },
  async layers(visible) {
    state.visible = new Set(visible);
    await ready;
    applyStyle();
  },
  async proposalPieces(pieces) {
    state.proposalPieces = pieces;
    await ready;
    showPieces();
  },
  async showDrawn(geometry) {
    await ready;
    draw.show(geometry);
    const ring = geometry.coordinates[0];
    const lons = ring.map((corner) => corner[0]);
    const lats = ring.map((corner) => corner[1]);
    fit([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], 13);
  },
});
