/* Fields that suggest while one types: a combobox with its list, by the pattern of ARIA. What is
   chosen goes by the address. Suggestions come as data and enter the page as text. */
(function () {
  'use strict';
  const address = window.cetmAddress;
  const PAUSE_MS = 160;
  const fieldOf = (event) => event.target.closest?.('[data-suggest]');
  const states = new WeakMap();

  function stateOf(field) {
    if (!states.has(field)) states.set(field, { items: [], at: -1, timer: 0, asked: 0, abort: null });
    return states.get(field);
  }

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  }

  const listOf = (field) => document.getElementById(field.getAttribute('aria-controls'));
  const speak = (text) => {
    const live = document.getElementById('search-said');
    if (live) live.textContent = text || '';
  };

  /* --- asking ------------------------------------------------------------------------------- */

  async function ask(field) {
    const state = stateOf(field);
    const text = field.value.trim();
    state.abort?.abort();
    if (!text) return close(field);
    state.abort = new AbortController();
    const number = (state.asked += 1);
    const query = new URLSearchParams({ q: text, kind: field.dataset.suggest });
    let answer = { suggestions: [], said: window.cetm.words.no_suggestions };
    try {
      const response = await fetch(`explore/suggest?${query}`, { signal: state.abort.signal });
      if (response.ok) answer = await response.json();
    } catch (error) {
      if (error.name === 'AbortError') return;
    }
    if (number !== state.asked || document.activeElement !== field) return;
    show(field, answer);
  }

  function show(field, { suggestions, said }) {
    const state = stateOf(field);
    state.items = suggestions;
    state.at = -1;
    const list = listOf(field);
    list.replaceChildren(...suggestions.map((one, at) => option(field, one, at)));
    if (!suggestions.length) {
      const none = element('li', 'suggest-none', said);
      none.setAttribute('role', 'option');
      none.setAttribute('aria-disabled', 'true');
      list.append(none);
    }
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    field.removeAttribute('aria-activedescendant');
    speak(said);
  }

  function option(field, one, at) {
    const item = element('li', `suggestion suggestion-${one.kind}`);
    item.id = `${listOf(field).id}-${at}`;
    item.setAttribute('role', 'option');
    item.setAttribute('aria-selected', 'false');
    item.dataset.at = at;
    const sign = element('span', `sign sign-${one.sign}`);
    sign.setAttribute('aria-hidden', 'true');
    const texts = element('span', 'suggestion-text');
    texts.append(element('span', 'suggestion-label', one.label), element('small', '', one.detail));
    item.append(sign, texts);
    return item;
  }

  /* --- choosing ----------------------------------------------------------------------------- */

  function close(field) {
    const state = stateOf(field);
    clearTimeout(state.timer);
    state.abort?.abort();
    state.items = [];
    state.at = -1;
    const list = listOf(field);
    if (list) list.hidden = true;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  }

  function mark(field, at) {
    const state = stateOf(field);
    const options = [...listOf(field).querySelectorAll('.suggestion')];
    if (!options.length) return;
    state.at = (at + options.length) % options.length;
    options.forEach((one, i) => one.setAttribute('aria-selected', String(i === state.at)));
    field.setAttribute('aria-activedescendant', options[state.at].id);
    options[state.at].scrollIntoView({ block: 'nearest' });
  }

  function choose(field, one) {
    close(field);
    speak('');
    if (field.dataset.suggest === 'outline') {
      field.value = one.label;
      window.cetmPropose.start({ go: one.go });
      return;
    }
    if (field.dataset.suggest === 'holder') {
      field.value = '';
      if (!address.values('holder').includes(one.label)) {
        address.go(address.toggled('holder', one.label));
      }
      return;
    }
    field.value = '';
    const wanted = new URLSearchParams(one.go);
    if (!wanted.has('q')) wanted.set('q', '');
    address.go(wanted.toString());
  }

  function search(field) {
    close(field);
    if (field.dataset.suggest === 'outline') {
      if (field.value.trim()) window.cetmPropose.start({ text: field.value });
      return;
    }
    if (field.dataset.suggest !== 'holder') address.go({ q: field.value.trim() });
  }

  function onKey(event) {
    const field = fieldOf(event);
    if (!field || event.isComposing) return;
    const state = stateOf(field);
    const isOpen = field.getAttribute('aria-expanded') === 'true';
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (!isOpen) ask(field);
      else mark(field, state.at < 0 && step < 0 ? -1 : state.at + step);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const one = state.items[state.at];
      if (one) choose(field, one);
      else search(field);
    } else if (event.key === 'Escape') {
      if (isOpen) close(field);
      else if (field.value) {
        field.value = '';
        search(field);
      }
      event.stopPropagation();
    }
  }

  document.addEventListener('input', (event) => {
    const field = fieldOf(event);
    if (!field) return;
    const state = stateOf(field);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => ask(field), PAUSE_MS);
  });
  document.addEventListener('keydown', onKey);
  document.addEventListener('focusout', (event) => {
    const field = fieldOf(event);
    if (field) close(field);
  });
  /* The field keeps the focus while the pointer chooses. */
  document.addEventListener('pointerdown', (event) => {
    if (event.target.closest?.('.suggestions')) event.preventDefault();
  });
  document.addEventListener('click', (event) => {
    const item = event.target.closest?.('.suggestion');
    if (!item) return;
    const field = document.querySelector(`[aria-controls="${item.parentElement.id}"]`);
    const one = field && stateOf(field).items[Number(item.dataset.at)];
    if (one) choose(field, one);
  });

  /* A slash brings the search box into the hand from anywhere on the page. */
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable="true"]')) return;
    const field = document.getElementById('search-field');
    if (!field || !field.offsetParent) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  /** What the address asks for, in the box; not while it is being typed in. */
  function restore() {
    const field = document.getElementById('search-field');
    if (field && field !== document.activeElement) field.value = address.query().get('q') || '';
  }

  window.cetmSearch = { restore };
})();
