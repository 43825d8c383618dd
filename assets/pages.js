/* The long page's index: a link brings its part into view and gives it the focus. The address's hash
   is the map's, so that the links are no anchors. */
(function () {
  'use strict';
  const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('[data-jump]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const page = link.closest('.page');
    const part = page?.querySelector(`[data-part="${CSS.escape(link.dataset.jump)}"]`);
    if (!part) return;
    part.scrollIntoView({ behavior: still() ? 'auto' : 'smooth', block: 'start' });
    const heading = part.querySelector('h2,h3') || part;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });
})();
