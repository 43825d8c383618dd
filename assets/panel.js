/* A long answer: ways to its parts, and figures that are drawn when they come into sight. */
(function () {
  'use strict';

  /* Buttons, since the address's hash is the map's. */
  document.addEventListener('click', (event) => {
    const jump = event.target.closest?.('[data-jump]');
    if (!jump) return;
    const name = CSS.escape(jump.dataset.jump);
    const part = jump.closest('.panel')?.querySelector(`[data-part="${name}"]`);
    if (!part) return;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    part.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
    const heading = part.querySelector('h2') || part;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });

  /* A piece's button is a word of a text: a span, which hears no space bar by itself. */
  document.addEventListener('keydown', (event) => {
    const button = event.target.closest?.('span[role=button][data-piece]');
    if (!button || event.key !== ' ') return;
    event.preventDefault();
    button.click();
  });

  /* Plotly loads with the first figure, which is long after a title has opened. */
  const AHEAD = '300px';
  const sighted = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      sighted.unobserve(target);
      draw(target);
    }
  }, { rootMargin: AHEAD });

  function draw(place) {
    const { figure, config } = JSON.parse(place.dataset.figure);
    window.dash_clientside.set_props(JSON.parse(place.id), {
      children: { namespace: 'dash_core_components', type: 'Graph', props: { figure, config } },
    });
  }

  const known = new WeakSet();
  function look() {
    for (const place of document.querySelectorAll('[data-figure]')) {
      if (known.has(place)) continue;
      known.add(place);
      sighted.observe(place);
    }
  }
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
})();
