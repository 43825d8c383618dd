/* The site in hand: the very land it shares with each place, from the API or from a drawing. The
   same of a place: the land that each title takes of it. */
import { all, isPolygon } from './layering.mjs';
import { leaders } from './leaders.mjs';
import { boundsOf, keyOf, pieceInHand } from './piecehand.mjs';
import { token } from './tokens.mjs';

const EMPTY = { type: 'FeatureCollection', features: [] };
// Of the free map, how much of its width or height a thing has to fill to be left where it is.
const SEEN = 0.25;
const PICKED_MS = 8000;

export const sources = () => ({ pieces: { type: 'geojson', data: EMPTY } });

/** What a title shares with screened layers; basins and other titles would cover it all. */
export function layers(slots, config, state) {
  const screened = config.layers.filter((layer) => layer.screened).map((layer) => layer.id);
  const filter = all([isPolygon, ['in', ['get', 'layer_id'], ['literal', screened]]]);
  const hand = all([isPolygon, ['==', ['get', 'layer_id'], state.piece?.layer_id ?? ''],
    ['==', ['get', 'feature_id'], state.piece?.feature_id ?? ''],
    state.piece?.site_id && ['==', ['get', 'site_id'], state.piece.site_id]]);
  const round = { layout: { 'line-join': 'round' } };
  slots.piece.push(
    {
      id: 'piece|fill', type: 'fill', source: 'pieces', filter,
      paint: { 'fill-pattern': 'piece-hatch' },
    },
    {
      id: 'piece|line', type: 'line', source: 'pieces', filter,
      paint: { 'line-color': token('ink'), 'line-width': 1 },
    },
  );
  slots.selected.push(
    {
      id: 'piece|hand-fill', type: 'fill', source: 'pieces', filter: hand,
      paint: { 'fill-color': token('accent'), 'fill-opacity': 0.09 },
    },
    {
      id: 'piece|hand-casing', type: 'line', source: 'pieces', filter: hand, ...round,
      paint: { 'line-color': token('panel'), 'line-width': 7 },
    },
    {
      id: 'piece|hand', type: 'line', source: 'pieces', filter: hand, ...round,
      paint: { 'line-color': token('accent'), 'line-width': 3.4 },
    },
  );
}

let labels = null;
let inHand = null;
let back = false; // the reader went back or on in the history: the address has the map's position

export function install(hub) {
  labels = leaders(hub);
  inHand = pieceInHand(hub, shownNow);
  window.addEventListener('popstate', () => { back = true; lookAgain(hub); });
  window.addEventListener('_dashprivate_pushstate', () => { back = false; });
  keepInPlace(hub);
}

export function themeChanged() {
  labels?.draw();
}

/** Where the reader looked then: at once, before a change of the page's size is written there. */
function lookAgain(hub) {
  const at = /[#&]map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)/.exec(window.location.hash);
  if (!at) return;
  const [zoom, lat, lng] = at.slice(1).map(Number);
  hub.map.jumpTo({ zoom, center: [lng, lat] });
}

/** The land under the pointer stays there when the column grows over the map. */
function keepInPlace(hub) {
  const box = () => hub.map.getContainer().getBoundingClientRect();
  let before = box();
  hub.map.on('resize', () => {
    const now = box();
    const moved = now.left + now.width / 2 - before.left - before.width / 2;
    if (now.left !== before.left && isPicked(hub)) hub.map.panBy([moved, 0], { duration: 0 });
    before = now;
  });
}

const isPicked = (hub) => performance.now() - (hub.pickedAt ?? -Infinity) < PICKED_MS;

/** True if the bounds lie in the free part of the map and are large enough to be seen there. */
function isInSight(hub, bounds) {
  const { clientWidth: width, clientHeight: height } = hub.map.getContainer();
  const room = hub.padding();
  const [west, north] = [bounds[0][0], bounds[1][1]];
  const [east, south] = [bounds[1][0], bounds[0][1]];
  const first = hub.map.project([west, north]);
  const last = hub.map.project([east, south]);
  const inside = first.x >= room.left && last.x <= width - room.right
    && first.y >= room.top && last.y <= height - room.bottom;
  const wide = (last.x - first.x) / (width - room.left - room.right);
  const tall = (last.y - first.y) / (height - room.top - room.bottom);
  return inside && Math.max(wide, tall) >= SEEN;
}

/** The pieces of what is open. */
function shownNow({ state }) {
  if (state.view === 'propose') return state.proposalPieces;
  return state.view === 'place' ? state.placePieces : state.sitePieces;
}

/** What Dash may ask of this part; `hub` is map.mjs. */
export function api(hub) {
  const { state } = hub;

  function showPieces() {
    const shown = shownNow(hub);
    hub.map.getSource('pieces').setData(shown || EMPTY);
    inHand.forget();
    // Of a place there are as many pieces as titles; the panel names them.
    const leading = state.view === 'site' || state.view === 'propose';
    labels.show(leading ? shown : null, state.view === 'site' ? state.bounds : null);
  }

  async function loaded(path) {
    const answer = await fetch(`${hub.config.api}/${path}`);
    return answer.ok ? answer.json() : null;
  }

  /** Bring bounds into sight, unless the address says where to look or a click has shown them. */
  function come(bounds, restored, { maxZoom, more }) {
    const stays = restored || back || !bounds || (isPicked(hub) && isInSight(hub, bounds));
    back = false;
    hub.pickedAt = -Infinity;
    if (!stays) hub.fit(bounds, { maxZoom, more });
  }

  // An answer may come when the reader has gone on.
  const isAsked = (word, value) => window.cetmAddress.query().get(word) === value;

  const isRestored = () => !hub.map && /map=/.test(window.location.hash);

  return {
    viewChanged: showPieces,
    /** Select a site and bring it into sight. */
    async focus(site) {
      if (site && !isAsked('site', site.site_id)) return;
      const restored = isRestored();
      state.selected = site?.site_id ?? null;
      state.chosen = site?.n ?? null;
      state.bounds = site?.bounds ?? null;
      await hub.ready;
      state.sitePieces = null;
      showPieces();
      hub.restyle();
      hub.map.resize();
      hub.ringsOf(site);
      if (!site) return;
      come(site.bounds, restored, { maxZoom: 13, more: 48 });
      const path = `sites/${encodeURIComponent(site.site_id)}/overlaps.geojson`;
      const pieces = await (state.loadingPieces = loaded(path));
      if (state.selected !== site.site_id) return;
      state.sitePieces = pieces;
      showPieces();
    },
    /** Highlight a place, set the titles on it off from the others, hatch what they take. */
    async place(place) {
      if (place && !isAsked('place', keyOf(place))) return;
      const restored = isRestored();
      state.place = place;
      await hub.ready;
      state.placePieces = null;
      // What is taken of a basin is not hatched: it holds whole titles.
      if (place) place.hatched = hub.config.layers.some((x) => x.id === place.layer_id && x.screened);
      showPieces();
      hub.restyle();
      hub.map.resize();
      hub.outlineOf(place);
      if (!place) return;
      // Of a point the land about it is what there is to see.
      come(place.bounds, restored, { maxZoom: place.is_point ? 10.5 : 13, more: 24 });
      const name = [place.layer_id, place.feature_id].map(encodeURIComponent).join('/');
      const pieces = await (state.loadingPieces = loaded(`places/${name}/pieces.geojson`));
      if (keyOf(state.place) !== keyOf(place)) return;
      state.placePieces = pieces;
      showPieces();
    },
    async proposalPieces(pieces) {
      state.proposalPieces = pieces;
      await hub.ready;
      showPieces();
    },
  };
}

export { boundsOf };
