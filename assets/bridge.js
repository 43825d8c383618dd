/* Between Dash and the map. A classic script, because Dash may call before map.mjs has loaded:
   calls wait in a queue until the map attaches itself. */
(function () {
  'use strict';
  const waiting = [];
  let map = null;

  const cetm = (window.cetm = {
    /** Texts of the page's own scripts, in the reader's language: dashboard/browserwords.py. */
    words: {},
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

  /** A value for Dash, or nothing where it is what Dash has: no callback runs for it then. */
  const told = {};
  function fresh(name, value) {
    const text = JSON.stringify(value);
    if (told[name] === text) return nothing();
    told[name] = text;
    return value;
  }

  const UNKNOWN = 'unknown';

  /** What a proposal is to be, as the address says it; its words leave those of the filters. */
  function described(words) {
    const { p_mineral: minerals, p_method: method, p_stage: stage } = words;
    for (const word of ['p_mineral', 'p_method', 'p_stage']) delete words[word];
    return {
      minerals: (minerals || '').split(',').filter(Boolean),
      method: method || UNKNOWN, stage: stage || UNKNOWN,
    };
  }

  const VIEWS = ['explore', 'propose', 'country', 'news', 'data'];

  /** What the column, or the page, holds: a title and a place are opened over the list. */
  function viewOf(query) {
    const view = query.get('view');
    if (VIEWS.includes(view) && view !== 'explore') return view;
    return query.get('site') ? 'site' : query.get('place') ? 'place' : 'explore';
  }

  function markNavigation(view) {
    const here = VIEWS.includes(view) ? view : 'explore';
    for (const link of document.querySelectorAll('#navigation a')) {
      if (link.dataset.view === here) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  /** With a shape the ways to give one fold away, and say so to who stands in one of them. */
  function shaped(isThere) {
    document.querySelector('.panel-propose')?.classList.toggle('has-shape', isThere);
    const ways = document.getElementById('shape-ways');
    if (!ways || ways.open !== isThere) return;
    const isWithin = isThere && ways.contains(document.activeElement);
    ways.open = !isThere;
    if (isWithin) ways.querySelector('summary').focus();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cetm: {
      /** The address says what the page holds: its view, what is open, and the rest of the query
          (the filters) as it stands. */
      route(search) {
        const query = new URLSearchParams(search || '');
        const view = viewOf(query);
        markNavigation(view);
        cetm.call('setView', view);
        const { site, place, country, ...words } = Object.fromEntries(query);
        window.cetmShell?.opened({ view, site, place, country });
        delete words.view;
        const said = described(words);
        const news = fresh('said', said);
        if (news === said) window.dash_clientside.set_props('proposal-said', { data: said });
        return [
          fresh('route', { view, site, place, country }), fresh('query', words), `shell view-${view}`,
        ];
      },
      start(config) {
        if (!config) return;
        cetm.words = config.words;
        cetm.call('start', config);
      },
      place(place) {
        cetm.call('place', place || null);
      },
      focus(site) {
        cetm.call('focus', site || null);
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
        shaped(Boolean(drawn));
        if (!drawn?.typed) return;
        cetm.call('showDrawn', drawn.geometry);
        // On a small screen the answer would come below what is seen.
        if (!window.matchMedia('(max-width: 700px)').matches) return;
        const found = () => document.querySelector('.panel-propose [data-part="found"]');
        setTimeout(() => found()?.scrollIntoView({ block: 'start' }), 100);
      },
      /** The other drafts, or the shape before, dashed beside the present one. */
      earlier(drafts, before) {
        const beside = (drafts?.list || []).filter((one) => one.letter !== drafts.current);
        const shapes = beside.length ? beside : before ? [before] : [];
        cetm.call('showEarlier', shapes.map((one) => one.geometry));
      },
      /** Land that would be left out, hatched. */
      leftOut(left) {
        cetm.call('showLeftOut', left?.pieces || null);
      },
      contests(kept) {
        window.cetmPropose?.contested(kept);
      },
      /** What is chosen goes into the address, which tells Dash. */
      describe(minerals, method, stage) {
        const word = (value) => (value && value !== UNKNOWN ? value : '');
        window.cetmAddress.go({
          p_mineral: (minerals || []).join(','), p_method: word(method), p_stage: word(stage),
        }, { replace: true });
      },
      /** The choices as they are said; the address too, where a callback has said it. */
      described(said, minerals, method, stage) {
        const now = { minerals: minerals || [], method, stage };
        if (JSON.stringify(now) === JSON.stringify(said)) return [nothing(), nothing(), nothing()];
        told.said = JSON.stringify(said);
        return [said.minerals, said.method, said.stage];
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
        return cetm.words.copied;
      },
    },
  });
})();
