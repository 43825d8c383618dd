/* config + state -> MapLibre layers. How a layer is drawn follows from its `draw` word alone. */
import { TIERS, UNKNOWN, token } from './tokens.mjs';

const SLOTS = [
  'ground', 'fill', 'river', 'road', 'border', 'site-fill', 'band', 'line', 'site-line',
  'piece', 'selected', 'label', 'sign',
];
const zoomed = (...stops) => ['interpolate', ['linear'], ['zoom'], ...stops];
const isPolygon = ['==', ['geometry-type'], 'Polygon'];
const SANS = ['CETM Map'];
const SERIF = ['CETM Map Serif'];

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

export function sourcesOf(config) {
  const sources = {
    pieces: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
  };
  for (const layer of config.layers) {
    if (layer.withheld) continue;
    const path = `${config.tiles}/${encodeURIComponent(layer.id)}/{z}/{x}/{y}.mvt`;
    sources[layer.id] = {
      type: 'vector', tiles: [window.location.origin + path], minzoom: 0, maxzoom: 14,
    };
  }
  return sources;
}

export function styleLayers(config, state) {
  const slots = Object.fromEntries(SLOTS.map((slot) => [slot, []]));
  const hasGround = config.layers.some((layer) => layer.draw === 'border' && !layer.withheld);
  const ground = token(hasGround ? 'map-outside' : 'map-land');
  slots.ground.push({ id: 'sea', type: 'background', paint: { 'background-color': ground } });
  for (const layer of config.layers) {
    if (layer.withheld) continue;
    const put = placer(slots, layer, state);
    if (layer.draw === 'site') site(put, layer, state);
    else if (PLACES[layer.draw]) place(put, layer, PLACES[layer.draw]);
    else (GROUND[layer.draw] || GROUND.point)(put, layer);
  }
  pieces(slots, config);
  return SLOTS.flatMap((slot) => slots[slot]);
}

/** The layers that answer to a pointer: titles first, then places. */
export function hoverLayers(config, state) {
  const found = [];
  for (const layer of config.layers) {
    if (layer.withheld || !state.visible.has(layer.id)) continue;
    const site = layer.draw === 'site';
    const parts = site ? ['sign', 'fill'] : PLACES[layer.draw] ? ['hit'] : [];
    if (PLACES[layer.draw] && layer.points) parts.push('dot');
    for (const part of parts) found.push({ id: `${layer.id}|${part}`, layer, site });
  }
  return found.sort((a, b) => b.site - a.site);
}

function placer(slots, layer, state) {
  const visibility = state.visible.has(layer.id) ? 'visible' : 'none';
  return (slot, part, type, paint, more = {}) => {
    const { layout = {}, tile = 'shapes', ...rest } = more;
    slots[slot].push({
      id: `${layer.id}|${part}`, type, source: layer.id, 'source-layer': tile,
      paint, layout: { visibility, ...layout }, ...rest,
    });
  };
}

function place(put, layer, how) {
  const colour = token(how.colour);
  const paint = how.pattern
    ? { 'fill-pattern': how.pattern, 'fill-opacity': how.strength }
    : { 'fill-color': colour, 'fill-opacity': how.fill || 0 };
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
  if (how.quiet) line['line-opacity'] = zoomed(6, 0.35, 9, 1);
  put('line', 'line', 'line', line, { layout: { 'line-join': 'round' } });
  if (layer.points) dot(put, colour, 4);
  label(put, layer, how.font || SANS, token(`${how.colour}-text`), how.font ? LARGE : 12, how.named);
}

function dot(put, colour, radius) {
  put('line', 'dot', 'circle', {
    'circle-color': token('panel'), 'circle-stroke-color': colour, 'circle-stroke-width': 1.6,
    'circle-radius': zoomed(5, radius * 0.6, 10, radius),
  }, { tile: 'marks' });
}

const LARGE = zoomed(6, 11.5, 10, 14.5);

function label(put, layer, font, colour, size, named = 9.5) {
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

/* ------------------------------------------------------------------ titles */
const tierOf = ['get', 'tier'];
const byTier = (value) => ['match', tierOf, ...TIERS.flatMap((t) => [t, value(t)]), value(UNKNOWN)];
const only = (tier, filter) => all([['==', tierOf, tier], filter]);
const all = (tests) => ['all', ...tests.filter(Boolean)];

/* fill opacity, line width, and how large a sign is of the largest: many titles must not hide one */
const FILLS = { critical: 0.86, high: 0.74, moderate: 0.74, info: 0.8 };
const LINES = { critical: 2, high: 1.1 };
const SIZES = { critical: 1, high: 0.92, moderate: 0.84, not_fully_screened: 0.7, info: 0.76, clear: 0.7 };

function siteFilter(filter) {
  if (!filter) return null;
  if (filter.ids) return ['in', ['get', 'id'], ['literal', filter.ids]];
  return filter.tiers?.length ? ['in', tierOf, ['literal', filter.tiers]] : null;
}

function site(put, layer, state) {
  const wanted = siteFilter(state.filter);
  const filter = wanted || ['has', 'id'];
  // What is not in hand steps back while one title, or a proposal, is being read.
  const faint = state.view === 'propose' ? 0.5 : 0.42;
  const chosen = ['==', ['get', 'id'], state.selected ?? ''];
  const strength = (full, open = full) => state.view === 'propose' ? full * faint
    : state.selected ? ['case', chosen, open, full * faint] : full;
  const line = byTier((tier) => token(`tier-${tier}-line`));
  const worstOnTop = byTier((tier) => -TIERS.indexOf(tier));
  put('site-fill', 'fill', 'fill', {
    'fill-color': byTier((tier) => token(`tier-${tier}`)),
    // The land that the open title shares is hatched in black on it.
    'fill-opacity': byTier((tier) => strength(FILLS[tier] || 0, (FILLS[tier] || 0) * 0.45)),
  }, { filter, layout: { 'fill-sort-key': worstOnTop } });
  put('site-fill', 'hatch', 'fill', {
    'fill-pattern': 'critical-hatch', 'fill-opacity': strength(1, 0),
  }, { filter: only('critical', wanted), minzoom: 6 });
  put('site-fill', 'gap', 'fill', {
    'fill-pattern': 'not-screened', 'fill-opacity': strength(0.9),
  }, { filter: only(UNKNOWN, wanted) });
  const drawn = ['==', ['get', 'placeholder'], true];
  const paint = {
    'line-color': line, 'line-width': byTier((tier) => LINES[tier] || 0.9),
    'line-opacity': strength(1),
  };
  const order = { layout: { 'line-sort-key': worstOnTop } };
  put('site-line', 'line', 'line', paint, { filter: all([['!', drawn], wanted]), ...order });
  put('site-line', 'circle', 'line', { ...paint, 'line-dasharray': [2, 1.6] }, {
    filter: all([drawn, wanted]), ...order,
  });
  hand(put, state);
  const size = (full) => byTier((tier) => full * SIZES[tier]);
  put('sign', 'sign', 'symbol', { 'icon-opacity': strength(1) }, {
    tile: 'marks', filter,
    layout: {
      'icon-image': ['concat', 'sign-', tierOf, ['case', ['get', 'screened'], '', '-partly']],
      'icon-size': zoomed(5, size(0.5), 8, size(0.78), 11, size(1)),
      'icon-allow-overlap': true, 'icon-ignore-placement': true,
      'symbol-sort-key': ['-', 0, ['get', 'rank']],
    },
  });
}

/** The outline of the title under the pointer, and of the one that is open. */
function hand(put, state) {
  const is = (id) => ['==', ['get', 'id'], id ?? ''];
  put('selected', 'hover', 'line', { 'line-color': token('ink'), 'line-width': 2.6 }, {
    filter: is(null),
  });
  const round = { layout: { 'line-join': 'round' } };
  put('selected', 'casing', 'line', { 'line-color': token('panel'), 'line-width': 6 }, {
    filter: is(state.selected), ...round,
  });
  put('selected', 'selected', 'line', { 'line-color': token('accent'), 'line-width': 2.8 }, {
    filter: is(state.selected), ...round,
  });
}

/** What a title shares with screened layers; basins and other titles would cover it all. */
function pieces(slots, config) {
  const screened = config.layers.filter((layer) => layer.screened).map((layer) => layer.id);
  const filter = all([isPolygon, ['in', ['get', 'layer_id'], ['literal', screened]]]);
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
}
