/* The ground of the catalogue: land, borders, rivers, lakes, roads, settlements. It is no answer to
   anything, but where one is: quiet, and quieter the further away one looks. */
import { SANS, SERIF, dot, isPolygon, label, placer, zoomed } from './layering.mjs';
import { coversLand } from './base.mjs';
import { WIDE, halo } from './labels.mjs';
import { isPlace } from './places.mjs';
import { token } from './tokens.mjs';

const NAMED = ['!=', ['get', 'name'], ''];
/* Words of classes for what is seen from afar; a catalogue calls its classes as it likes. */
const LARGE_PLACES = ['capital', 'city'];
const MAIN_ROADS = ['motorway', 'trunk', 'primary', 'national', 'main', 'highway'];
const isOf = (classes) => ['in', ['coalesce', ['get', 'class'], ''], ['literal', classes]];
const SIZE = ['-', 0, ['coalesce', ['get', 'size'], 0]];

const abroad = ({ ground }) =>
  ['case', ['in', ['get', 'name'], ['literal', ground?.home || []]], '', ['get', 'name']];

const GROUND = {
  border(put, layer, config) {
    if (!coversLand(config)) {
      put('ground', 'fill', 'fill', { 'fill-color': token('map-land') }, { filter: isPolygon });
    }
    put('border', 'line', 'line', {
      'line-color': token('map-label-2'), 'line-width': zoomed(3, 0.7, 7, 1.2),
      'line-dasharray': [5, 1.5, 1, 1.5],
    });
    put('label', 'label', 'symbol', { 'text-color': token('map-label'), ...halo(1.6) }, {
      tile: 'marks', filter: NAMED, minzoom: 2, maxzoom: 8,
      layout: {
        // Who looks at the country itself knows its name, and needs the room.
        ...WIDE, 'text-field': ['step', ['zoom'], ['get', 'name'], 6, abroad(config)],
        'text-font': SANS, 'text-size': zoomed(3, 10, 7, 14),
        'text-padding': 12, 'symbol-sort-key': SIZE,
      },
    });
  },
  admin(put) {
    put('border', 'line', 'line', {
      'line-color': token('map-label-2'), 'line-width': 0.8, 'line-dasharray': [3, 2],
      'line-opacity': zoomed(5, 0.3, 8, 0.75),
    });
    put('label', 'label', 'symbol', { 'text-color': token('map-label-2'), ...halo() }, {
      tile: 'marks', filter: NAMED, minzoom: 6, maxzoom: 11,
      layout: {
        ...WIDE, 'text-field': ['get', 'name'], 'text-font': SANS, 'text-size': zoomed(6, 9.5, 9, 12.5),
        'text-padding': 8, 'symbol-sort-key': SIZE,
      },
    });
  },
  river(put) {
    put('ground', 'water', 'fill', { 'fill-color': token('map-sea') }, { filter: isPolygon });
    // Streams without a name come in as one comes near.
    const byName = (named, other) => ['case', NAMED, named, other];
    put('river', 'line', 'line', {
      'line-color': token('map-river'),
      'line-width': zoomed(5, byName(0.4, 0.25), 8, byName(1, 0.6), 11, byName(2.6, 1.8)),
      'line-opacity': zoomed(6, byName(0.55, 0.1), 8, byName(0.75, 0.35), 9.5, 1),
    });
    put('label', 'label', 'symbol', { 'text-color': token('ref-basin-text'), ...halo(1.3) }, {
      filter: NAMED, minzoom: 8,
      layout: {
        'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': SERIF,
        'text-size': 11.5, 'text-letter-spacing': 0.06, 'symbol-spacing': 420,
      },
    });
  },
  lake(put, layer) {
    put('ground', 'water', 'fill', { 'fill-color': token('map-sea') }, { filter: isPolygon });
    put('river', 'line', 'line', { 'line-color': token('map-river'), 'line-width': zoomed(5, 0.4, 10, 1) });
    label(put, layer, SERIF, token('ref-basin-text'), 11.5, 7);
  },
  road(put, layer) {
    const byClass = (main, other) => (layer.classes ? ['case', isOf(MAIN_ROADS), main, other] : main);
    put('road', 'line', 'line', {
      'line-color': token('map-road'),
      'line-width': zoomed(5, byClass(0.8, 0.4), 8, byClass(1.3, 0.8), 11, byClass(2.6, 1.6)),
    });
    put('label', 'label', 'symbol', { 'text-color': token('map-label-2'), ...halo() }, {
      filter: NAMED, minzoom: 11,
      layout: {
        'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': SANS, 'text-size': 11,
        'symbol-spacing': 500,
      },
    });
  },
  railway(put) {
    const colour = token('map-label-2');
    const faint = zoomed(5, 0.35, 9, 0.8);
    put('road', 'line', 'line', { 'line-color': colour, 'line-width': 0.8, 'line-opacity': faint });
    put('road', 'sleepers', 'line', {
      'line-color': colour, 'line-width': 4, 'line-dasharray': [0.25, 2], 'line-opacity': faint,
    }, { minzoom: 7 });
  },
  power(put) {
    put('road', 'line', 'line', {
      'line-color': token('map-label-2'), 'line-width': 0.8, 'line-dasharray': [1, 3],
      'line-opacity': zoomed(6, 0.4, 9, 0.9),
    });
  },
  settlement(put, layer) {
    // Without classes all are taken to be worth a name; which ones fit is left to the map.
    const large = layer.classes ? isOf(LARGE_PLACES) : ['literal', true];
    put('label', 'town', 'circle', {
      'circle-color': token('map-label'), 'circle-radius': zoomed(6, ['case', large, 2, 1.1], 9, 2.2),
      'circle-stroke-color': token('map-land'), 'circle-stroke-width': 1,
      'circle-opacity': zoomed(6, ['case', large, 1, 0.55], 8.5, 1),
    }, { tile: 'marks', minzoom: 5 });
    const named = (part, filter, size, minzoom) => put('label', part, 'symbol', {
      'text-color': token('map-label'), ...halo(1.6),
    }, {
      tile: 'marks', minzoom, filter,
      layout: {
        'text-field': ['get', 'name'], 'text-font': SANS, 'text-size': size,
        'text-variable-anchor': ['left', 'right', 'top', 'bottom'], 'text-radial-offset': 0.5,
        'text-justify': 'auto', 'text-padding': 3,
      },
    });
    const town = layer.classes ? isOf(['town']) : ['literal', false];
    named('village', ['!', ['any', large, town]], 12, Math.max(layer.label_minzoom ?? 0, 10));
    named('label', ['all', NAMED, town], zoomed(7, 11.5, 10, 13), layer.label_minzoom ?? 7.5);
    named('city', ['all', NAMED, large], zoomed(5, 12, 8, 14), layer.label_minzoom ?? 4.5);
  },
  point(put, layer) {
    const colour = token('map-label-2');
    put('border', 'line', 'line', { 'line-color': colour, 'line-width': 1 });
    dot(put, colour, 3);
    label(put, layer, SANS, token('map-label'), 12, 10);
  },
};

const isGround = (layer) => !layer.withheld && layer.draw !== 'site' && !isPlace(layer);

export function layers(slots, config, state) {
  for (const layer of config.layers.filter(isGround)) {
    (GROUND[layer.draw] || GROUND.point)(placer(slots, layer, state), layer, config);
  }
}
