/* The map: MapLibre over this server's vector tiles. Dash tells it what to show through
   window.cetm.call, and hears of clicks and drawn shapes through window.cetm.tell. */
import * as maplibre from 'maplibre-gl';
import { prepare } from './map/base.mjs';
import { installImages } from './map/images.mjs';
import { fontFaces } from './map/labels.mjs';
import { PARTS, hoverLayers, sourcesOf, styleLayers } from './map/style.mjs';
import { hoverCard } from './map/hover.mjs';
import { cards } from './map/cards.mjs';
import { matching } from './map/matching.mjs';
import { drawing } from './map/draw.mjs';
import { furniture } from './map/furniture.mjs';
import { drawUnhurried, isSoftware } from './map/unhurried.mjs';
import { fitsPicture, showPicture } from './map/picture.mjs';

maplibre.setWorkerUrl(new URL(import.meta.resolve('maplibre-gl-worker')).href);

const still = window.matchMedia('(prefers-reduced-motion: reduce)');
let draw = null;
let isPlain = false; // no graphics card draws the map
let applied = new Map();
let attachReady;
const SAME_SPOT_PX = 18;
const picked = { at: null, list: [], next: null }; // the last click on the map
/* What the parts of the map share. ready: resolves once the map is drawn for the first time. */
const hub = {
  config: null, map: null,
  state: {
    view: 'explore', selected: null, chosen: null, filter: null, visible: null,
    sitePieces: null, placePieces: null, proposalPieces: null, place: null, piece: null, bounds: null,
    isRested: false,
  },
  ready: new Promise((resolve) => { attachReady = resolve; }),
  maplibre, restyle, fit, padding,
  asksSoon() {},
  isStill,
  isDrawing: () => draw?.isDrawing() ?? false,
};
const { state } = hub;

/** True if nothing may move by itself: the reader asked for it, or the computer cannot. */
function isStill() {
  return still.matches || isPlain;
}

const LONG = 1000;

/** True if two values of a style say the same. A test with a flag for every title is long, and made
    once a filter: it is the same if it is the same array. */
function same(a, b) {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.length < LONG && a.every((one, i) => same(one, b[i]));
}

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
    if (!same(before?.filter, layer.filter)) {
      hub.map.setFilter(layer.id, layer.filter, { validate: false });
    }
    applied.set(layer.id, layer);
  }
  for (const part of PARTS) part.restyled?.(hub);
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
    padding: padding(more), maxZoom, duration: isStill() ? 0 : 400, essential: false,
  });
}

async function start(given) {
  if (hub.config) return;
  hub.config = given;
  hub.cards = cards(given);
  await prepare(given, maplibre);
  const switched = [...given.layers, ...given.ground.parts];
  // The legend may have spoken first.
  state.visible ||= new Set(switched.filter((one) => one.visible).map((one) => one.id));
  const isPictured = given.picture && fitsPicture();
  const map = new maplibre.Map({
    container: 'map', hash: 'map', bounds: given.bounds, fitBoundsOptions: { padding: padding() },
    style: { version: 8, sources: {}, layers: [], 'font-faces': fontFaces(given) },
    attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
    // Labels that fade are placed anew after each fade: a computer that draws slower than it would
    // never come to rest.
    maxZoom: 17, fadeDuration: 0, touchPitch: false,
  });
  hub.map = map;
  if (isPictured) showPicture(map, maplibre, given.picture);
  isPlain = isSoftware(map.getCanvas().getContext('webgl2'));
  if (isPlain) hub.asksSoon = drawUnhurried(map);
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  await new Promise((resolve) => map.once('load', resolve));
  map.getCanvas().setAttribute('aria-label', given.words.map);
  installImages(map);
  for (const [id, source] of Object.entries(sourcesOf(given))) map.addSource(id, source);
  const layers = styleLayers(given, state);
  for (const layer of layers) map.addLayer(layer);
  applied = new Map(layers.map((layer) => [layer.id, layer]));
  const { tell } = window.cetm;
  draw = drawing(hub, (shape) => tell('drawn', shape), (shape) => tell('sketch', shape));
  draw.setActive(state.view === 'propose');
  furniture(map, { fit: () => fit(given.bounds), words: given.words });
  hoverCard(hub, () => hoverLayers(given, state));
  for (const part of PARTS) part.install?.(hub);
  map.on('click', pick);
  map.on('error', onError);
  watchTheme();
  window.cetm.map = map;
  attachReady(map);
}

/** A click opens the title under it, a click on the same land the next one, and after the last the
    places there; with Alt these come first. Where no title lies a click opens the place. */
function pick(event) {
  if (state.view === 'propose') return;
  const { sites, places } = under(event.point);
  const list = event.originalEvent.altKey ? [...places, ...sites] : [...sites, ...places];
  if (!list.length) return;
  const again = String(picked.list) === String(list)
    && hub.map.project(picked.at).dist(event.point) < SAME_SPOT_PX;
  const before = again ? picked.next : list[0] === sites[0] ? state.chosen : null;
  const turns = again || list[0] !== sites[0] ? list : sites;
  const next = turns[(turns.indexOf(before) + 1) % turns.length];
  Object.assign(picked, { at: event.lngLat, list, next });
  hub.pickedAt = performance.now();
  if (sites.includes(next)) return openTitle(next);
  window.cetmAddress.go({ view: '', site: '', place: next });
}

/** A tile knows a title by n; its card says the id. */
async function openTitle(n) {
  const card = await hub.cards.of(n);
  if (card && picked.next === n) {
    window.cetmAddress.go({ view: '', site: card.site_id, place: '' });
  }
}

/** Titles by n, and places as the address says them; basins last, for they lie under all. */
function under(point) {
  const byId = new Map(hoverLayers(hub.config, state).map((entry) => [entry.id, entry]));
  const found = hub.map.queryRenderedFeatures(point, { layers: [...byId.keys()] })
    .map(({ layer, properties }) => ({ ...byId.get(layer.id), id: properties.n ?? properties.id }));
  const places = found.filter(({ site }) => !site);
  places.sort((a, b) => (a.layer.draw === 'basin') - (b.layer.draw === 'basin'));
  return {
    sites: [...new Set(found.filter(({ site }) => site).map(({ id }) => id))],
    places: [...new Set(places.map(({ layer, id }) => `${layer.id}/${id}`))],
  };
}

function onError(event) {
  const status = event.error?.status;
  if (status === 404) {
    window.cetmWatch?.check(); // tiles of a generation that is no longer served
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
    if (state.filter?.key === filter?.bits) return;
    state.filter = matching(filter);
    await hub.ready;
    restyle();
  },
  async layers(visible) {
    state.visible = new Set(visible);
    await hub.ready;
    for (const part of PARTS) part.visibleChanged?.(hub);
    restyle();
  },
  async showDrawn(geometry) {
    await hub.ready;
    draw.show(geometry);
    const parts = geometry.type === 'MultiPolygon' ? geometry.coordinates : [geometry.coordinates];
    const corners = parts.flatMap(([ring]) => ring);
    const [west, south, east, north] = corners.reduce(
      ([a, b, c, d], [x, y]) => [Math.min(a, x), Math.min(b, y), Math.max(c, x), Math.max(d, y)],
      [Infinity, Infinity, -Infinity, -Infinity],
    );
    const bounds = [[west, south], [east, north]];
    fit(bounds, { maxZoom: 13 });
  },
  async showEarlier(shapes) {
    await hub.ready;
    draw.showEarlier(shapes);
  },
  async showLeftOut(pieces) {
    await hub.ready;
    draw.showLeftOut(pieces);
  },
});
