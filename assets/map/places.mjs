/* Places that titles are screened against: cool edges and patterns, never a solid fill. */
import { LARGE, SANS, SERIF, all, dot, isPolygon, label, placer, zoomed } from './layering.mjs';
import { token } from './tokens.mjs';

/* colour, fill opacity or pattern, line width, dash, inner band, label font, zoom of labels */
const PLACES = {
  protected: { colour: 'ref-protected', fill: 0.1, line: 1.5, band: 0.22, font: SERIF, named: 6 },
  oecm: { colour: 'ref-protected', fill: 0.05, line: 1.2, dash: [4, 2], font: SERIF, named: 8 },
  heritage: { colour: 'ref-heritage', fill: 0.1, line: 1.6, dash: [1, 1.2], font: SERIF, named: 8 },
  kba: { colour: 'ref-kba', pattern: 'kba', strength: 0.45, line: 1 },
  community: { colour: 'ref-community', pattern: 'community', strength: 0.75, line: 1.1 },
  claimed: { colour: 'ref-community', pattern: 'community', strength: 0.45, line: 1.3, dash: [3, 2] },
  fishery: { colour: 'ref-community', fill: 0.1, line: 1, dash: [2, 2] },
  closed: { colour: 'ref-closed', pattern: 'closed', strength: 0.4, line: 1.4 },
  basin: { colour: 'ref-basin', line: 1.6, dash: [6, 2, 1, 2], quiet: true },
};

export const isPlace = (layer) => layer.draw in PLACES;

function place(put, layer, how) {
  const colour = token(how.colour);
  const paint = how.pattern
    ? { 'fill-pattern': how.pattern, 'fill-opacity': how.strength }
    : { 'fill-color': colour, 'fill-opacity': how.fill || 0 };
  // The line above makes the edge; a second one under it would cost as much as the fill.
  paint['fill-antialias'] = false;
  if (how.pattern || how.fill) put('fill', 'fill', 'fill', paint, { filter: isPolygon });
  // A pattern cannot be pointed at between its strokes; an unseen fill can.
  put('fill', 'hit', 'fill', { 'fill-color': colour, 'fill-opacity': 0 }, { filter: isPolygon });
  if (how.band) {
    put('band', 'band', 'line', {
      'line-color': colour, 'line-opacity': how.band,
      'line-width': zoomed(6, 3, 10, 9), 'line-offset': zoomed(6, 1.5, 10, 4.5),
    }, { filter: isPolygon });
  }
  const line = { 'line-color': colour, 'line-width': zoomed(6, how.line * 0.55, 10, how.line) };
  if (how.dash) line['line-dasharray'] = how.dash;
  // Lines that cover a whole country come in as one comes near.
  if (how.quiet) line['line-opacity'] = zoomed(7.5, 0.15, 8.5, 0.35, 10, 0.75);
  // Round joins would make a fan of triangles at each corner of every stair that a raster left.
  put('line', 'line', 'line', line, how.quiet ? { minzoom: 7.5 } : {});
  if (layer.points) dot(put, colour, 4);
  label(put, layer, how.font || SANS, token(`${how.colour}-text`), how.font ? LARGE : 12, how.named);
}

export function layers(slots, config, state) {
  for (const layer of config.layers) {
    if (isPlace(layer) && !layer.withheld) place(placer(slots, layer, state), layer, PLACES[layer.draw]);
  }
}

/** True of the titles on the place that is open; null where none is, or too many lie on it. */
export function onPlace(state) {
  if (state.view !== 'place' || !state.place?.ns) return null;
  const { ns } = state.place;
  return ns.length ? ['match', ['coalesce', ['get', 'n'], -1], ns, true, false] : ['literal', false];
}

/* The outline of the place in hand: from its layer's tiles, so that three layers serve for all. */
const CASING = 'place|casing';
const LINE = 'place|line';
const DOT = 'place|dot';

function inHand(hub) {
  const { place, view } = hub.state;
  if (!place || view !== 'place' || !hub.map.getSource(place.layer_id)) return [];
  const drawn = hub.map.getLayer(`${place.layer_id}|line`);
  const of = {
    source: place.layer_id, 'source-layer': drawn?.sourceLayer || 'shapes',
    filter: ['in', ['get', 'id'], ['literal', place.ids]],
  };
  // Where a large outline is cut for the map, the cuts are no part of it.
  const edges = all([of.filter, drawn && hub.map.getFilter(drawn.id)]);
  const line = { ...of, type: 'line', filter: edges, layout: { 'line-join': 'round' } };
  const accent = token('accent');
  const dotted = {
    'circle-radius': 8, 'circle-color': accent, 'circle-opacity': 0.2,
    'circle-stroke-color': accent, 'circle-stroke-width': 2.8,
  };
  return [
    { ...line, id: CASING, paint: { 'line-color': token('panel'), 'line-width': 6 } },
    { ...line, id: LINE, paint: { 'line-color': accent, 'line-width': 2.8 } },
    ...(place.is_point
      ? [{ ...of, id: DOT, type: 'circle', 'source-layer': 'marks', paint: dotted }] : []),
  ];
}

function outline(hub) {
  for (const id of [CASING, LINE, DOT]) if (hub.map.getLayer(id)) hub.map.removeLayer(id);
  for (const layer of inHand(hub)) hub.map.addLayer(layer, 'piece|hand-fill');
}

export function install(hub) {
  hub.outlineOf = () => outline(hub);
}

export function themeChanged(hub) {
  outline(hub);
}
