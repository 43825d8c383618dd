/* The address is the page's memory: what is shown and which filters hold. A link says in
   `data-go` only what it changes ("site=a:1&place="); the rest of the query stays. */
(function () {
  'use strict';

  /** The present query with `changes` made: a name with an empty value is dropped. */
  function changed(changes) {
    const query = new URLSearchParams(window.location.search);
    const wanted = typeof changes === 'string'
      ? [...new URLSearchParams(changes)] : Object.entries(changes);
    for (const [name, value] of wanted) {
      if (value === null || value === undefined || value === '') query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
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

  const linkOf = (event) => event.target.closest?.('[data-go]');

  /* A link opened in another tab has to hold the filters too. */
  for (const kind of ['pointerover', 'focusin']) {
    document.addEventListener(kind, (event) => {
      const link = linkOf(event);
      if (link?.tagName === 'A') link.href = changed(link.dataset.go) + window.location.hash;
    });
  }
  document.addEventListener('click', (event) => {
    const link = linkOf(event);
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.dataset.go);
  });

  window.cetmAddress = { changed, go, query: () => new URLSearchParams(window.location.search) };
})();
