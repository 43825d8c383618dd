/* A sign a title, or one for several where they lie close: always that of the worst that matches. */
import { gathered, standing } from './cover.mjs';
import { zoomed } from './layering.mjs';
import { onPlace } from './places.mjs';
import { faint, sizeOf, tierOf } from './titles.mjs';
import { TIERS } from './tokens.mjs';

export const SIGNS = 'titles|sign';
const EMPTY = { type: 'FeatureCollection', features: [] };
const WORLD_PX = 512;
// Pixels from sign to sign, by zoom: a little more than a sign is wide.
const SPACING = [[5, 12], [8, 15], [11, 18]];
const STEP = 0.5; // of zoom: signs are chosen anew
const AROUND = 0.3; // of the map's size: so far beyond it signs are there before one moves
const SCREENED = 8;

export const sources = () => ({ signs: { type: 'geojson', data: EMPTY, tolerance: 0, buffer: 16 } });

export function layers(slots, config, state) {
  slots.sign.push({
    id: SIGNS, type: 'symbol', source: 'signs',
    paint: { 'icon-opacity': faint(state, onPlace(state))(1) },
    layout: {
      'icon-image': ['concat', 'sign-', tierOf, ['case', ['get', 'screened'], '', '-partly']],
      'icon-size': zoomed(5, sizeOf(0.5), 8, sizeOf(0.78), 11, sizeOf(1)),
      'icon-allow-overlap': true, 'icon-ignore-placement': true,
      // As the source has them, the worst last: a sort key would draw each sign by a call of its own.
      'symbol-z-order': 'source',
    },
  });
}

function spacingPx(zoom) {
  const [first, last] = [SPACING[0], SPACING.at(-1)];
  if (zoom <= first[0]) return first[1];
  if (zoom >= last[0]) return last[1];
  const i = SPACING.findIndex(([at]) => at > zoom);
  const [[a, low], [b, high]] = [SPACING[i - 1], SPACING[i]];
  return low + ((zoom - a) / (b - a)) * (high - low);
}

const lon = (x) => 360 * x - 180;
const lat = (y) => (360 / Math.PI) * Math.atan(Math.exp(Math.PI * (1 - 2 * y))) - 90;
const across = (degrees) => (degrees + 180) / 360;
const down = (degrees) =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) / (2 * Math.PI);

export function install(hub) {
  const { config, map, state } = hub;
  const registers = config.layers.filter((layer) => layer.draw === 'site' && !layer.withheld);
  let signs = null;
  let shown = null; // {key, box}: what the signs on the map were chosen by, and the land they cover
  let kept = { key: null, found: null };

  async function load() {
    const bodies = await Promise.all(registers.map(async ({ id }) => {
      const answer = await fetch(`${config.tiles}/${encodeURIComponent(id)}/signs.bin`);
      if (answer.status === 404) window.cetmWatch?.check();
      return answer.ok ? answer.arrayBuffer() : new ArrayBuffer(0);
    }));
    signs = gathered(bodies);
    refresh();
    return { at: (n) => [lon(signs.x[n]), lat(signs.y[n])] };
  }

  /** What is open first, then the titles that match, the worst first. */
  function inOrder() {
    const seen = registers.map(({ id }) => state.visible.has(id));
    const flags = state.filter?.flags;
    const order = [];
    const chosen = signs.layer[state.chosen] < 255 ? state.chosen : null;
    if (chosen !== null && seen[signs.layer[chosen]]) order.push(chosen);
    for (const n of signs.n) {
      if (n !== chosen && seen[signs.layer[n]] && (!flags || flags[n])) order.push(n);
    }
    return order;
  }

  function choose(level) {
    const visible = registers.filter(({ id }) => state.visible.has(id)).map(({ id }) => id);
    const key = [level, state.filter?.key, state.chosen, visible].join('\n');
    if (kept.key !== key) {
      const spacing = spacingPx(level) / (WORLD_PX * 2 ** level);
      kept = { key, found: standing(signs, inOrder(), spacing) };
    }
    return kept;
  }

  /** The land in sight and around it; x from the west, in parts of the world's width. */
  function boxOf(around) {
    const bounds = map.getBounds();
    const [west, east] = [across(bounds.getWest()), across(bounds.getEast())];
    const [north, south] = [down(bounds.getNorth()), down(bounds.getSouth())];
    const [x, y] = [around * (east - west), around * (south - north)];
    return { west: west - x, east: east + x, north: north - y, south: south + y };
  }

  const holds = (box, inner) => box.west <= inner.west && box.east >= inner.east
    && box.north <= inner.north && box.south >= inner.south;

  function featuresIn(box, { n, more }) {
    const width = box.east - box.west;
    const found = [];
    for (let i = n.length - 1; i >= 0; i -= 1) {
      const title = n[i];
      const [x, y] = [signs.x[title], signs.y[title]];
      const inside = width >= 1 || (x - box.west - Math.floor(x - box.west)) <= width;
      if (inside && y >= box.north && y <= box.south) found.push(feature(title, x, y, more[i]));
    }
    return found;
  }

  const feature = (n, x, y, more) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [lon(x), lat(y)] },
    properties: {
      n, more, tier: TIERS[signs.kind[n] % SCREENED], screened: signs.kind[n] >= SCREENED,
      layer: registers[signs.layer[n]].id,
    },
  });

  function refresh() {
    if (!signs) return;
    const level = Math.max(0, Math.floor(map.getZoom() / STEP) * STEP);
    const chosen = choose(level);
    if (shown?.key === chosen.key && holds(shown.box, boxOf(0))) return;
    shown = { key: chosen.key, box: boxOf(AROUND) };
    map.getSource('signs').setData({
      type: 'FeatureCollection', features: featuresIn(shown.box, chosen.found),
    });
  }

  hub.signs = { refresh };
  map.on('moveend', refresh);
  /** Once they are there: at(n), where the sign of a title stands. */
  window.cetm.signs = load();
}

export const restyled = (hub) => hub.signs?.refresh();
