/* The column of Explore: what the reader chooses goes into the address, and from there, by the
   stores `query` and `filters`, to the server and back into the column. Nothing else is kept. */
(function () {
  'use strict';
  const address = window.cetmAddress;
  const WORDS = [
    'q', 'tier', 'screened', 'rule', 'status', 'stage', 'holder', 'mineral', 'list', 'layer', 'in',
    'area', 'granted', 'box', 'ids',
  ];
  const SLOW_MS = 1000;
  const LOST_MS = 20000;
  const TYPED_MS = 600;
  const nothing = () => window.dash_clientside.no_update;
  const element = (id) => document.getElementById(id);

  let told = null;
  let waiting = [];

  /** The filters of an address; nothing where they are what they were. */
  function filters(words) {
    const chosen = Object.fromEntries(WORDS.filter((w) => words?.[w]).map((w) => [w, words[w]]));
    showRanges();
    window.cetmSearch?.restore();
    followBox(chosen.box || '');
    const text = JSON.stringify(chosen);
    if (text === told) return nothing();
    told = text;
    wait();
    window.cetmTable?.filter(chosen);
    return chosen;
  }

  /* --- waiting for an answer -------------------------------------------------------------- */

  function wait() {
    held = heldChip();
    waiting.forEach(clearTimeout);
    element('explore-results')?.setAttribute('aria-busy', 'true');
    waiting = [
      setTimeout(() => say(window.cetm.words.counting), SLOW_MS),
      setTimeout(() => {
        say(window.cetm.words.no_answer);
        element('explore-results')?.classList.add('is-old');
      }, LOST_MS),
    ];
  }

  function say(text) {
    const note = element('explore-waiting');
    if (!note) return;
    note.textContent = text || '';
    note.hidden = !text;
  }

  /** The server answered: `found` says how many titles match, or that it failed. */
  function found(answer) {
    if (!answer) return nothing();
    waiting.forEach(clearTimeout);
    say('');
    const results = element('explore-results');
    results?.setAttribute('aria-busy', 'false');
    results?.classList.toggle('is-old', Boolean(answer.failed));
    requestAnimationFrame(() => { showRanges(); openUsed(); holdOn(); });
    return answer.said || nothing();
  }

  /* A chip is gone once it is pressed: the focus goes to the one that takes its place. */
  let held = -1;
  const chipButtons = () => [...document.querySelectorAll('.active-filters button')];
  function heldChip() {
    const inside = element('explore-results')?.contains(document.activeElement);
    return inside ? Math.max(0, chipButtons().indexOf(document.activeElement)) : -1;
  }

  function holdOn() {
    const isLost = document.activeElement === document.body;
    if (held >= 0 && isLost) (chipButtons()[held] || element('explore-results'))?.focus();
    held = -1;
  }

  /** A folded filter that is in force is opened, once: the reader may close it again. */
  const used = new Set();
  function openUsed() {
    for (const fold of document.querySelectorAll('.fold, .more-choices')) {
      const { key } = fold.dataset;
      const is = 'used' in fold.dataset;
      if (is && !used.has(key)) fold.open = true;
      if (is) used.add(key);
      else used.delete(key);
    }
  }

  /* --- numbers typed from and to ---------------------------------------------------------- */

  const PARTS = { area: '-', granted: '..' };

  function ends(word) {
    const [from = '', to = ''] = (address.query().get(word) || '').split(PARTS[word]);
    return { from, to };
  }

  /** What the address says, in every field that is not being typed in. */
  function showRanges() {
    for (const field of document.querySelectorAll('[data-range]')) {
      if (field === document.activeElement) continue;
      const value = ends(field.dataset.range)[field.dataset.end];
      if (field.value !== value) field.value = value;
    }
  }

  function takeRange(word) {
    const typed = {};
    for (const field of document.querySelectorAll(`[data-range="${word}"]`)) {
      if (!field.validity.valid) return;
      typed[field.dataset.end] = field.value.trim();
    }
    const text = typed.from || typed.to ? typed.from + PARTS[word] + typed.to : '';
    address.go({ [word]: text }, { replace: true });
  }

  let typing = 0;
  document.addEventListener('input', (event) => {
    const word = event.target.dataset?.range;
    if (!word) return;
    clearTimeout(typing);
    typing = setTimeout(() => takeRange(word), TYPED_MS);
  });
  document.addEventListener('change', (event) => {
    const word = event.target.dataset?.range;
    if (!word) return;
    clearTimeout(typing);
    takeRange(word);
  });

  /* --- a long list, narrowed by what is typed over it --------------------------------------- */

  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

  document.addEventListener('input', (event) => {
    const list = event.target.dataset?.narrows && element(event.target.dataset.narrows);
    if (!list) return;
    const wanted = plain(event.target.value.trim());
    if (wanted) list.querySelectorAll('details').forEach((more) => { more.open = true; });
    for (const choice of list.querySelectorAll('[data-toggle]')) {
      choice.hidden = wanted !== '' && !plain(choice.textContent).includes(wanted);
    }
  });

  /* --- inside the map's view ------------------------------------------------------------------ */

  const MOVED_MS = 400;
  const isSmall = window.matchMedia('(max-width: 700px)');
  let shown = '';

  const mapReady = new Promise((resolve) => {
    const look = setInterval(() => {
      if (!window.cetm?.map) return;
      clearInterval(look);
      resolve(window.cetm.map);
    }, 200);
  });

  /** West, south, east, north of what is seen of the map: a sheet may lie over its lower part. */
  function seen(map) {
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const sheet = isSmall.matches ? element('column')?.offsetHeight || 0 : 0;
    const upper = map.unproject([0, 0]);
    const lower = map.unproject([width, Math.max(1, height - sheet)]);
    const within = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(4);
    return [
      within(upper.lng, 180), within(lower.lat, 90), within(lower.lng, 180), within(upper.lat, 90),
    ].join(',');
  }

  const inExplore = () => Boolean(element('shell')?.classList.contains('view-explore'));

  const numbers = (box) => box.split(',').map(Number);

  /** True where a box is what the map shows already, but for a hair. */
  function isSeen(map, box) {
    const [now, then] = [numbers(seen(map)), numbers(box)];
    const hair = 0.02 * Math.max(then[2] - then[0], then[3] - then[1]);
    return now.every((value, i) => Math.abs(value - then[i]) <= hair);
  }

  /** A box that did not come from the map (a link, the way back) is shown on it. */
  async function followBox(box) {
    if (box === shown) return;
    shown = box;
    if (!box) return;
    const map = await mapReady;
    const [west, south, east, north] = numbers(box);
    if (![west, south, east, north].every(Number.isFinite)) return;
    if (!inExplore() || isSeen(map, box)) return;
    const sheet = isSmall.matches ? element('column')?.offsetHeight || 0 : 0;
    map.fitBounds([[west, south], [east, north]], {
      padding: { top: 0, left: 0, right: 0, bottom: sheet }, duration: 0,
    });
  }

  /* While the switch is on the address follows the reader's hand on the map, and nothing else: a
     window of another size must not change what a link says. */
  let moving = 0;
  let touched = false;
  const touch = () => { touched = true; };
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-map-action]')) touch();
  }, true);
  for (const kind of ['pointerdown', 'wheel', 'keydown']) {
    mapReady.then((map) => map.getContainer().addEventListener(kind, touch, { passive: true }));
  }
  mapReady.then((map) => map.on('moveend', () => {
    if (!touched || !shown || !inExplore()) {
      touched = false;
      return;
    }
    clearTimeout(moving);
    moving = setTimeout(() => {
      touched = false;
      if (!shown || !inExplore()) return;
      shown = seen(map);
      address.go({ box: shown }, { replace: true });
    }, MOVED_MS);
  }));

  document.addEventListener('click', async (event) => {
    const control = event.target.closest?.('[data-box-switch]');
    if (!control) return;
    const on = control.getAttribute('aria-checked') === 'true';
    control.setAttribute('aria-checked', String(!on));
    if (!on) shown = seen(await mapReady);
    address.go({ box: on ? '' : shown });
  });

  /* --- on a small screen ---------------------------------------------------------------------- */

  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-raise-filters]')) {
      const column = element('column');
      column?.classList.remove('sheet-low');
      column?.classList.add('sheet-high');
      element('explore-results')?.focus();
    }
    if (event.target.closest?.('[data-open-legend]')) {
      const legend = element('legend');
      if (!legend) return;
      legend.open = !legend.open;
      if (legend.open) legend.querySelector('summary')?.focus();
    }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cetm_explore: { filters, found },
  });
})();
