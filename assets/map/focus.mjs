/* The site in hand: the very land it shares with each place, from the API or from a drawing. */
import { all, isPolygon } from './layering.mjs';
import { token } from './tokens.mjs';

const EMPTY = { type: 'FeatureCollection', features: [] };

export const sources = () => ({ pieces: { type: 'geojson', data: EMPTY } });

/** What a title shares with screened layers; basins and other titles would cover it all. */
export function layers(slots, config) {
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

/** What Dash may ask of this part; `hub` is map.mjs. */
export function api(hub) {
  const { state } = hub;

  function showPieces() {
    const shown = state.view === 'propose' ? state.proposalPieces : state.sitePieces;
    hub.map.getSource('pieces').setData(shown || EMPTY);
  }

  async function loadSitePieces(siteId) {
    const path = `${hub.config.api}/sites/${encodeURIComponent(siteId)}/overlaps.geojson`;
    const answer = await fetch(path);
    if (state.selected !== siteId || !answer.ok) return;
    state.sitePieces = await answer.json();
    showPieces();
  }

  return {
    viewChanged: showPieces,
    /** Select a site and bring it into sight, unless the address already says where to look. */
    async focus(site) {
      const restored = !hub.map && /map=/.test(window.location.hash);
      state.selected = site?.site_id ?? null;
      await hub.ready;
      state.sitePieces = null;
      showPieces();
      hub.restyle();
      hub.map.resize();
      if (!site) return;
      loadSitePieces(site.site_id);
      if (!restored) hub.fit(site.bounds, { maxZoom: 13, more: 48 });
    },
    async proposalPieces(pieces) {
      state.proposalPieces = pieces;
      await hub.ready;
      showPieces();
    },
  };
}
