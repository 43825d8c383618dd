/* What the parts of the map share: the order of drawing, and short ways to say a layer. */
import { token } from './tokens.mjs';

/* From the ground up; each part puts its layers into slots. */
export const SLOTS = [
  'ground', 'base', 'relief', 'fill', 'river', 'road', 'border', 'site-fill', 'band', 'line', 'site-line',
  'ring', 'piece', 'selected', 'label', 'sign',
];
export const zoomed = (...stops) => ['interpolate', ['linear'], ['zoom'], ...stops];
export const all = (tests) => ['all', ...tests.filter(Boolean)];
export const isPolygon = ['==', ['geometry-type'], 'Polygon'];
// A polygon of many corners comes in pieces, whose edges are cuts, and with its outline in lines.
const isNoCut = ['!=', ['get', 'part'], 'cut'];
const isOutline = all([isNoCut, ['any', isPolygon, ['==', ['get', 'part'], 'edge']]]);
export const SANS = ['CETM Map'];
export const SERIF = ['CETM Map Serif'];
export const LARGE = zoomed(6, 11.5, 10, 14.5);

/** put(slot, part, type, paint, more) for a layer of the catalogue. */
export function placer(slots, layer, state) {
  const visibility = state.visible.has(layer.id) ? 'visible' : 'none';
  return (slot, part, type, paint, more = {}) => {
    const { layout = {}, tile = 'shapes', ...rest } = more;
    if (type === 'line' && tile === 'shapes') {
      rest.filter = rest.filter === isPolygon ? isOutline : all([isNoCut, rest.filter]);
    }
    slots[slot].push({
      id: `${layer.id}|${part}`, type, source: layer.id, 'source-layer': tile,
      paint, layout: { visibility, ...layout }, ...rest,
    });
  };
}

export function dot(put, colour, radius) {
  put('line', 'dot', 'circle', {
    'circle-color': token('panel'), 'circle-stroke-color': colour, 'circle-stroke-width': 1.6,
    'circle-radius': zoomed(5, radius * 0.6, 10, radius),
  }, { tile: 'marks' });
}

export function label(put, layer, font, colour, size, named = 9.5) {
  put('label', 'label', 'symbol', {
    'text-color': colour, 'text-halo-color': token('map-land'), 'text-halo-width': 1.5,
  }, {
    tile: 'marks', minzoom: layer.label_minzoom ?? named,
    filter: ['!=', ['get', 'name'], ''],
    layout: {
      'text-field': ['get', 'name'], 'text-font': font, 'text-size': size, 'text-max-width': 8,
      'text-line-height': 1.1, 'text-padding': 4, 'text-variable-anchor': ['center', 'top', 'bottom'],
      'symbol-sort-key': ['-', 0, ['coalesce', ['get', 'size'], 0]],
    },
  });
}
