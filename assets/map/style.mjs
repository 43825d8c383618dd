/* config + state -> MapLibre sources and layers, gathered from the parts of the map. */
import * as base from './base.mjs';
import * as focus from './focus.mjs';
import * as ground from './ground.mjs';
import { SLOTS } from './layering.mjs';
import * as legend from './legend.mjs';
import * as places from './places.mjs';
import * as rings from './rings.mjs';
import * as signs from './signs.mjs';
import * as titles from './titles.mjs';

export const PARTS = [base, ground, places, titles, signs, rings, focus, legend];

export function sourcesOf(config) {
  const sources = Object.assign({}, ...PARTS.map((part) => part.sources?.(config) || {}));
  for (const layer of config.layers) {
    if (layer.withheld) continue;
    const path = `${config.tiles}/${encodeURIComponent(layer.id)}/{z}/{x}/{y}.mvt`;
    sources[layer.id] = {
      type: 'vector', tiles: [window.location.origin + path], minzoom: 0, maxzoom: 14,
      ...(layer.draw === 'site' ? { promoteId: 'n' } : {}),
    };
  }
  return sources;
}

export function styleLayers(config, state) {
  const slots = Object.fromEntries(SLOTS.map((slot) => [slot, []]));
  for (const part of PARTS) part.layers(slots, config, state);
  return SLOTS.flatMap((slot) => slots[slot]);
}

/** The layers that answer to a pointer: titles first, then places. */
export function hoverLayers(config, state) {
  const found = [{ id: signs.SIGNS, layer: null, site: true }];
  for (const layer of config.layers) {
    if (layer.withheld || !state.visible.has(layer.id)) continue;
    const site = layer.draw === 'site';
    const parts = site ? ['fill'] : places.isPlace(layer) ? ['hit'] : [];
    if (places.isPlace(layer) && layer.points) parts.push('dot');
    for (const part of parts) found.push({ id: `${layer.id}|${part}`, layer, site });
  }
  return found.sort((a, b) => b.site - a.site);
}
