/* Between Dash and the map. A classic script, because Dash may call before map.mjs has loaded:
   calls wait in a queue until the map attaches itself. */
(function () {
  'use strict';
  const waiting = [];
  let map = null;

  const cetm = (window.cetm = {
    /** Ask the map for something, now or as soon as it is there. */
    call(name, ...args) {
      if (map) map[name](...args);
      else waiting.push([name, args]);
    },
    /** The map module offers its functions here. */
    attach(api) {
      map = api;
      for (const [name, args] of waiting.splice(0)) api[name](...args);
    },
    /** Tell Dash what the reader did on the map. */
    tell(id, data) {
      window.dash_clientside.set_props(id, { data });
    },
  });

  const nothing = () => window.dash_clientside.no_update;

  function markNavigation(view) {
    for (const link of document.querySelectorAll('#navigation a')) {
      const here = new URL(link.href).searchParams.get('view') === 'propose' ? 'propose' : 'explore';
      const current = here === (view === 'propose' ? 'propose' : 'explore');
      if (current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cetm: {
      /** The address says what the column holds. */
      route(search) {
        const query = new URLSearchParams(search || '');
        const site = query.get('site');
        const view = site ? 'site' : query.get('view') === 'propose' ? 'propose' : 'explore';
        markNavigation(view);
        cetm.call('setView', view);
        const column = document.getElementById('column');
        if (column) column.classList.remove('sheet-low', 'sheet-high');
        return [{ view, site }, `shell view-${view}`];
      },
      /** Not by an output of dcc.Location: that one puts back the address without the map's hash. */
      open(clicked) {
        if (!clicked || !clicked.id) return;
        window.history.pushState({}, '', `?site=${encodeURIComponent(clicked.id)}`);
        window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
      },
      start(config) {
        if (config) cetm.call('start', config);
      },
      focus(site) {
        cetm.call('focus', site || null);
        const scroll = document.getElementById('column-scroll');
        if (!site || !scroll) return;
        scroll.scrollTop = 0;
        requestAnimationFrame(() => document.getElementById('site-name')?.focus());
      },
      filter(filter) {
        cetm.call('filter', filter || null);
      },
      layers(visible) {
        cetm.call('layers', visible || []);
      },
      pieces(pieces) {
        cetm.call('proposalPieces', pieces || null);
      },
      shape(drawn) {
        if (drawn && drawn.typed) cetm.call('showDrawn', drawn.geometry);
      },
      /** First the reader's choice, else the system's. */
      theme(clicks, chosen) {
        const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
        const now = chosen || (dark ? 'dark' : 'light');
        const next = clicks ? (now === 'dark' ? 'light' : 'dark') : now;
        return [clicks ? next : nothing(), next];
      },
      async copyLink(clicks) {
        if (!clicks) return nothing();
        await navigator.clipboard.writeText(window.location.href);
        return 'Link copied';
      },
    },
  });

  /* On a small screen the column is a sheet: its handle raises and lowers it. */
  document.addEventListener('click', (event) => {
    const handle = event.target.closest?.('#sheet-handle');
    if (!handle) return;
    const column = document.getElementById('column');
    const next = column.classList.contains('sheet-high')
      ? 'sheet-low'
      : column.classList.contains('sheet-low') ? '' : 'sheet-high';
    column.classList.remove('sheet-low', 'sheet-high');
    if (next) column.classList.add(next);
  });
})();
