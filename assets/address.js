/* The address is the page's memory: what is shown and which filters hold. A link says in
   `data-go` only what it changes ("site=a:1&place="); the rest of the query stays. A choice among
   several of one word says in `data-toggle` what it puts in or takes out ("tier=high"). */
(function () {
  'use strict';

  const query = () => new URLSearchParams(window.location.search);

  /** The present query with `changes` made: a name with an empty value is dropped. */
  function changed(changes) {
    const next = query();
    const wanted = typeof changes === 'string'
      ? [...new URLSearchParams(changes)] : Object.entries(changes);
    for (const [name, value] of wanted) {
      if (value === null || value === undefined || value === '') next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString();
    return window.location.pathname + (text ? `?${text}` : '');
  }

  /** Not by an output of dcc.Location: that one puts back the address without the map's hash. */
  function go(changes, { replace = false } = {}) {
    const address = changed(changes) + window.location.hash;
    const here = window.location.pathname + window.location.search + window.location.hash;
    if (address === here) return;
    window.history[replace ? 'replaceState' : 'pushState']({}, '', address);
    window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
  }

  /** The values of a word: commas part them, so each was encoded by itself. */
  function values(name) {
    return (query().get(name) || '').split(',').filter(Boolean).map(decoded);
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** What to change so that a word's values hold `value`, or no longer do. */
  function toggled(name, value) {
    const now = values(name);
    const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value];
    return { [name]: next.map(encodeURIComponent).join(',') };
  }

  const linkOf = (event) => event.target.closest?.('[data-go]');

  /* A link opened in another tab has to hold the filters too. */
  for (const kind of ['pointerover', 'focusin']) {
    document.addEventListener(kind, (event) => {
      const link = linkOf(event);
      if (link?.tagName === 'A') link.href = changed(link.dataset.go) + window.location.hash;
    });
  }

  /** The choice shows at once; what the server answers shows the same. */
  function toggle(choice) {
    for (const state of ['aria-checked', 'aria-pressed']) {
      const now = choice.getAttribute(state);
      if (now !== null) choice.setAttribute(state, String(now !== 'true'));
    }
    const [[name, value]] = [...new URLSearchParams(choice.dataset.toggle)];
    go(toggled(name, value));
  }

  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    const choice = event.target.closest?.('[data-toggle]');
    if (choice) {
      if (choice.getAttribute('aria-disabled') !== 'true') toggle(choice);
      return;
    }
    const link = linkOf(event);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.dataset.go);
  });

  window.cetmAddress = { changed, go, query, values, toggled };
})();
