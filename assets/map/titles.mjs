/* Mining titles: fills and outlines by tier, a sign each, and what the reader has in hand. */
import { all, placer, zoomed } from './layering.mjs';
import { TIERS, UNKNOWN, token } from './tokens.mjs';

const tierOf = ['get', 'tier'];
const byTier = (value) => ['match', tierOf, ...TIERS.flatMap((t) => [t, value(t)]), value(UNKNOWN)];
const only = (tier, filter) => all([['==', tierOf, tier], filter]);

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

export function layers(slots, config, state) {
  for (const layer of config.layers) {
    if (layer.draw === 'site' && !layer.withheld) site(placer(slots, layer, state), layer, state);
  }
}
