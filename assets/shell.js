/* The frame's own behaviour: menus, the sheet of a small screen, skip links, and where the focus
   and the document's title go when something opens. */
(function () {
  'use strict';
  const NAME = 'CETM-Geo';
  const STALE_MS = 3000;
  const by = (id) => document.getElementById(id);
  const address = () => window.cetmAddress;
  const isShown = (element) => element && element.getClientRects().length > 0;
  const shownOf = (root, selector) => [...root.querySelectorAll(selector)].find(isShown);

  /* ---------------------------------------------------------------- menus */
  const buttonOf = (target) => target.closest?.('button[aria-controls][aria-expanded].menu-button');
  const openButton = () => document.querySelector('.menu-button[aria-expanded="true"]');

  function setMenu(button, open) {
    button.setAttribute('aria-expanded', String(open));
    by(button.getAttribute('aria-controls'))?.classList.toggle('open', open);
  }

  function closeMenus(except = null) {
    for (const button of document.querySelectorAll('.menu-button[aria-expanded="true"]')) {
      if (button !== except) setMenu(button, false);
    }
  }

  document.addEventListener('click', (event) => {
    const button = buttonOf(event.target);
    if (button) {
      const open = button.getAttribute('aria-expanded') !== 'true';
      closeMenus(button);
      setMenu(button, open);
      return;
    }
    const language = event.target.closest?.('a[data-language]');
    if (language && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      speak(language.dataset.language);
    }
    // A link of the menu has been followed, or the reader is elsewhere.
    closeMenus();
  });

  /** A cookie, because the server says most of what is read; the address keeps what is shown. */
  function speak(language) {
    document.cookie = `cetm_language=${language}; path=/; max-age=31536000; samesite=lax`;
    address().go({ lang: '' }, { replace: true });
    window.location.reload();
  }

  document.addEventListener('focusin', (event) => {
    const button = openButton();
    if (button && !button.parentElement.contains(event.target)) closeMenus();
  });

  /* ---------------------------------------------------------------- the sheet of a small screen */
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('#sheet-handle')) return;
    const column = by('column');
    const next = column.classList.contains('sheet-high')
      ? 'sheet-low'
      : column.classList.contains('sheet-low') ? '' : 'sheet-high';
    column.classList.remove('sheet-low', 'sheet-high');
    if (next) column.classList.add(next);
  });

  /* ---------------------------------------------------------------- skip links */
  document.addEventListener('click', (event) => {
    const skip = event.target.closest?.('a[data-skip]');
    if (!skip) return;
    // The hash is the map's.
    event.preventDefault();
    const goal = shownOf(document, skip.dataset.skip);
    if (goal) give(shownOf(goal, 'h1') || goal);
  });

  function give(element, options) {
    if (!element.matches('a[href],button,input,select,textarea,summary,[tabindex]')) {
      element.tabIndex = -1;
    }
    element.focus(options);
  }

  /* ---------------------------------------------------------------- what is open */
  const PLACES = { country: '.page-country', news: '.page-news', data: '.page-data' };
  const placeOf = (view) => document.querySelector(PLACES[view] || `#column .panel-${view}`);
  let open = null;
  let awaited = false; // the heading of what has just opened, to which the focus goes
  let before = null; // the heading that stood there, which its successor may still replace
  let opener = null;

  /** Bridge.js says what the address now shows: {view, site, place, country}. */
  function opened(route) {
    const was = open;
    open = route;
    const here = document.querySelector('#navigation a[aria-current]');
    if (here && by('here')) by('here').textContent = here.textContent;
    if (!was) return look();
    const same = ['view', 'site', 'place', 'country'].every((key) => was[key] === route[key]);
    if (same) return;
    by('column')?.classList.remove('sheet-low', 'sheet-high');
    const scroll = by('column-scroll');
    if (scroll) scroll.scrollTop = 0;
    const over = (view) => view === 'site' || view === 'place';
    if (over(route.view) && !over(was.view)) opener = document.activeElement;
    awaited = true;
    const heading = over(route.view) ? placeOf(route.view)?.querySelector('h1') : null;
    before = heading && { heading, text: heading.textContent };
    // What was opened again may have the heading that it had.
    setTimeout(() => { before = null; look(); }, STALE_MS);
    // Back to the list: to what opened the title, if it is still there.
    if (over(was.view) && !over(route.view)) requestAnimationFrame(backToOpener);
    look();
  }

  function backToOpener() {
    if (!isShown(opener) || opener === document.body) return;
    awaited = false;
    give(opener);
  }

  /** Title and focus follow the heading of what is open, as soon as it is there. */
  function look() {
    if (!open) return;
    const heading = placeOf(open.view)?.querySelector('h1');
    const name = heading?.textContent.trim()
      || document.querySelector('#navigation a[aria-current]')?.textContent;
    const title = name ? `${name} – ${NAME}` : NAME;
    if (document.title !== title) document.title = title;
    if (!awaited || !heading || !isShown(heading)) return;
    if (before && before.heading === heading && before.text === heading.textContent) return;
    give(heading, { preventScroll: true });
    // What is still hidden while it loads cannot take the focus: tried again when it has changed.
    awaited = document.activeElement !== heading;
  }

  let looking = 0;
  function watch() {
    const shell = by('shell');
    if (!shell) return void setTimeout(watch, 100);
    new MutationObserver(() => {
      cancelAnimationFrame(looking);
      looking = requestAnimationFrame(look);
    }).observe(shell, {
      childList: true, characterData: true, subtree: true, attributeFilter: ['class'],
    });
  }
  watch();

  /* ---------------------------------------------------------------- Escape */
  const TYPING = 'input:not([type="checkbox"]):not([type="radio"]),textarea,select,[contenteditable]';
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    const button = openButton();
    if (button) {
      setMenu(button, false);
      button.focus();
      return;
    }
    const { target } = event;
    if (target.closest?.(`${TYPING},[aria-expanded="true"],[role="dialog"],.ag-root-wrapper`)) return;
    if (open?.view === 'site' || open?.view === 'place') address().go({ site: '', place: '' });
  });

  window.cetmShell = { opened };
})();
