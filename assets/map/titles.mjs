/* Mining titles: fills and outlines by tier, and what the reader has in hand. Their signs: signs.mjs.
   A title is known here by n, where it stands in the order of all; cards.mjs says the rest. */
import { all, placer } from './layering.mjs';
import { titlesFilter } from './matching.mjs';
import { onPlace } from './places.mjs';
import { TIERS, UNKNOWN, token } from './tokens.mjs';

export const tierOf = ['get', 'tier'];
const byTier = (value) => ['match', tierOf, ...TIERS.flatMap((t) => [t, value(t)]), value(UNKNOWN)];
const only = (tier, filter) => all([['==', tierOf, tier], filter]);

/* fill opacity, line width, and how large a sign is of the largest: many titles must not hide one */
const FILLS = { critical: 0.86, high: 0.74, moderate: 0.74, info: 0.8 };
const LINES = { critical: 2, high: 1.1 };
const SIZES = { critical: 1, high: 0.92, moderate: 0.84, not_fully_screened: 0.7, info: 0.76, clear: 0.7 };
export const sizeOf = (full) => byTier((tier) => full * SIZES[tier]);

const isChosen = (state) => ['==', ['get', 'n'], state.chosen ?? -1];

/** What is not in hand steps back while a title, a place or a proposal is being read.
    strength(full, open, taken): of most titles, of the one in hand, of those on the place in hand. */
export function faint(state, place) {
  const back = state.view === 'propose' ? 0.5 : 0.42;
  return (full, open = full, taken = full) => {
    if (state.view === 'propose') return full * back;
    if (place) return ['case', place, state.place.hatched ? taken : full, full * back];
    return state.chosen === null ? full : ['case', isChosen(state), open, full * back];
  };
}

function title(put, state) {
  const wanted = titlesFilter(state.filter);
  const strength = faint(state, onPlace(state));
  const line = byTier((tier) => token(`tier-${tier}-line`));
  const worstOnTop = byTier((tier) => -TIERS.indexOf(tier));
  put('site-fill', 'fill', 'fill', {
    'fill-color': byTier((tier) => token(`tier-${tier}`)), 'fill-antialias': false,
    // The land that the open title shares is hatched in black on it.
    'fill-opacity': byTier((tier) => strength(FILLS[tier] || 0, (FILLS[tier] || 0) * 0.45, (FILLS[tier] || 0) * 0.8)),
  }, { filter: wanted || ['has', 'n'], layout: { 'fill-sort-key': worstOnTop } });
  put('site-fill', 'hatch', 'fill', {
    'fill-pattern': 'critical-hatch', 'fill-antialias': false, 'fill-opacity': strength(1, 0, 0),
  }, { filter: only('critical', wanted), minzoom: 6 });
  put('site-fill', 'gap', 'fill', {
    'fill-pattern': 'not-screened', 'fill-antialias': false, 'fill-opacity': strength(0.9),
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
}

/** The outline of the title under the pointer, and of the one that is open. */
function hand(put, state) {
  const round = { layout: { 'line-join': 'round' } };
  // Told by feature state, because a filter would make the browser lay out every tile again.
  put('selected', 'hover', 'line', {
    'line-color': token('ink'),
    'line-width': ['case', ['boolean', ['feature-state', 'hover'], false], 2.6, 0],
  });
  put('selected', 'casing', 'line', { 'line-color': token('panel'), 'line-width': 6 }, {
    filter: isChosen(state), ...round,
  });
  put('selected', 'selected', 'line', { 'line-color': token('accent'), 'line-width': 2.8 }, {
    filter: isChosen(state), ...round,
  });
}

export function layers(slots, config, state) {
  for (const layer of config.layers) {
    if (layer.draw === 'site' && !layer.withheld) title(placer(slots, layer, state), state);
  }
}

/** Outline the title `n` as the one under the pointer, and no other. */
export function pointer(map, config) {
  const registers = config.layers.filter((layer) => layer.draw === 'site' && !layer.withheld);
  let before = null;
  return (n) => {
    if (n === before) return;
    for (const { id } of registers) {
      const of = (one) => ({ source: id, sourceLayer: 'shapes', id: one });
      if (before !== null) map.removeFeatureState(of(before), 'hover');
      if (n !== null) map.setFeatureState(of(n), { hover: true });
    }
    before = n;
  };
}
