/* The ground: land, borders, rivers, roads, settlements; no answer to anything, but where one is. */
import { SANS, SERIF, dot, isPolygon, label, placer, zoomed } from './layering.mjs';
import { isPlace } from './places.mjs';
import { token } from './tokens.mjs';

const GROUND = {
  border(put, layer) {
    put('ground', 'fill', 'fill', { 'fill-color': token('map-land') }, { filter: isPolygon });
    put('border', 'line', 'line', {
      'line-color': token('map-label-2'), 'line-width': 1.3, 'line-dasharray': [5, 1.5, 1, 1.5],
    });
    void layer;
  },
  river(put) {
    put('river', 'line', 'line', {
      'line-color': token('map-river'), 'line-width': zoomed(6, 0.35, 8, 0.8, 11, 2.4),
    }, { layout: { 'line-cap': 'round', 'line-join': 'round' } });
    put('label', 'label', 'symbol', {
      'text-color': token('ref-basin-text'), 'text-halo-color': token('map-land'),
      'text-halo-width': 1.3,
    }, {
      filter: ['!=', ['get', 'name'], ''], minzoom: 8,
      layout: {
        'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': SERIF,
        'text-size': 11.5, 'text-letter-spacing': 0.06, 'symbol-spacing': 420,
      },
    });
  },
  road(put) {
    put('road', 'line', 'line', {
      'line-color': token('map-road'), 'line-width': zoomed(6, 0.7, 10, 1.8),
    }, { layout: { 'line-join': 'round' } });
  },
  settlement(put, layer) {
    put('label', 'town', 'circle', {
      'circle-color': token('map-label'), 'circle-radius': 2.2,
      'circle-stroke-color': token('map-land'), 'circle-stroke-width': 1,
    }, { tile: 'marks' });
    put('label', 'label', 'symbol', {
      'text-color': token('map-label'), 'text-halo-color': token('map-land'),
      'text-halo-width': 1.6,
    }, {
      tile: 'marks', minzoom: layer.label_minzoom ?? 8,
      layout: {
        'text-field': ['get', 'name'], 'text-font': SANS, 'text-size': 13,
        'text-variable-anchor': ['left', 'right', 'top'], 'text-radial-offset': 0.5,
        'text-justify': 'auto',
      },
    });
  },
  point(put, layer) {
    const colour = token('map-label-2');
    put('border', 'line', 'line', { 'line-color': colour, 'line-width': 1 });
    dot(put, colour, 3);
    label(put, layer, SANS, token('map-label'), 12);
  },
};

const isGround = (layer) => !layer.withheld && layer.draw !== 'site' && !isPlace(layer);

export function layers(slots, config, state) {
  const hasGround = config.layers.some((layer) => layer.draw === 'border' && !layer.withheld);
  const ground = token(hasGround ? 'map-outside' : 'map-land');
  slots.ground.push({ id: 'sea', type: 'background', paint: { 'background-color': ground } });
  for (const layer of config.layers.filter(isGround)) {
    (GROUND[layer.draw] || GROUND.point)(placer(slots, layer, state), layer);
  }
}
