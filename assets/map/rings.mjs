/* Lines 1, 5, 10 and 20 km from the title in hand, with their distance along them. */
import { SANS } from './layering.mjs';
import { token } from './tokens.mjs';

const EMPTY = { type: 'FeatureCollection', features: [] };
export const RINGS = 'rings'; // among what the legend shows and hides

export const sources = () => ({ rings: { type: 'geojson', data: EMPTY } });

export function layers(slots, config, state) {
  const visibility = state.visible?.has(RINGS) ? 'visible' : 'none';
  slots.ring.push({
    id: 'ring|line', type: 'line', source: 'rings',
    paint: {
      'line-color': token('map-label-2'), 'line-width': 1.3, 'line-dasharray': [0.1, 2.2],
    },
    layout: { visibility, 'line-cap': 'round', 'line-join': 'round' },
  });
  slots.label.push({
    id: 'ring|label', type: 'symbol', source: 'rings',
    paint: {
      'text-color': token('map-label'), 'text-halo-color': token('map-land'), 'text-halo-width': 1.6,
    },
    layout: {
      visibility, 'symbol-placement': 'line', 'symbol-spacing': 260, 'text-field': ['get', 'label'],
      'text-font': SANS, 'text-size': 11.5, 'text-max-angle': 40, 'text-padding': 6,
    },
  });
}

let wanted = null; // the title whose rings belong on the map
let held = null; // the one whose rings are there

export function install(hub) {
  hub.ringsOf = (site) => {
    wanted = site?.site_id ?? null;
    load(hub);
  };
}

/** Rings are asked for when they are to be seen. */
async function load(hub) {
  const source = hub.map.getSource('rings');
  if (held !== wanted) {
    held = null;
    source.setData(EMPTY);
  }
  if (!wanted || held === wanted || !hub.state.visible.has(RINGS)) return;
  const mine = held = wanted;
  const answer = await fetch(`${hub.config.api}/sites/${encodeURIComponent(mine)}/rings.geojson`);
  // Of a register whose outlines are withheld there are none.
  if (answer.ok && wanted === mine) source.setData(await answer.json());
}

export const visibleChanged = load;
