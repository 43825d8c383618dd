/* A proposal's file and its licence: what is asked of the server and shown before it counts. The
   outlines of a file stay here; Dash hears what is to be read of them, and of the one that is used. */
(function () {
  'use strict';
  const tell = (id, data) => window.cetm.tell(id, data);
  const word = (name) => window.cetm.words[name] || '';
  const given = { file: null, choices: [], outlines: [], asked: 0 };

  /** What a file holds, without its outlines. */
  function shown({ features = [], said, question, choices }) {
    given.outlines = features.map((one) => one.geometry);
    const facts = features.map(({ geometry, ...rest }) => rest);
    tell('shape-given', { file: given.file.name, features: facts, said, question, choices });
  }

  async function read() {
    const form = new FormData();
    form.append('file', given.file);
    for (const choice of given.choices) form.append('choice', choice);
    const number = (given.asked += 1);
    document.getElementById('shape-file').setAttribute('aria-busy', 'true');
    let problem = { what: word('upload_failed'), hint: word('upload_again') };
    let answer = null;
    try {
      const response = await fetch('api/v1/shape', { method: 'POST', body: form });
      const body = await response.json();
      if (response.ok) answer = body;
      else problem = body.error || problem;
    } catch {
      // The server is away, or what it says is no JSON: `problem` says so.
    }
    if (number !== given.asked) return;
    document.getElementById('shape-file')?.removeAttribute('aria-busy');
    if (answer) return shown(answer);
    given.outlines = [];
    tell('shape-given', { problem, at: Date.now() });
  }

  document.addEventListener('change', (event) => {
    const { target } = event;
    if (target.matches?.('[data-shape-file]')) {
      const [file] = target.files;
      if (!file) return;
      Object.assign(given, { file, choices: [] });
      read();
    } else if (target.matches?.('[data-shape-choice]') && given.file) {
      given.choices.push(target.value);
      read();
    }
  });

  /** What an element says is done where it says: a store of the page, and a value for it. */
  function act(button) {
    const value = JSON.parse(button.dataset.tell);
    const field = button.dataset.with && button.closest('.with-field')?.querySelector('textarea');
    if (field) value[button.dataset.with] = field.value;
    tell(button.dataset.store, { ...value, at: Date.now() });
  }

  document.addEventListener('click', (event) => {
    const use = event.target.closest?.('[data-use-shape]');
    if (use) {
      const geometry = given.outlines[Number(use.dataset.useShape)];
      if (geometry) tell('drawn', { geometry, typed: Date.now() });
      return;
    }
    const button = event.target.closest?.('[data-tell]');
    if (button) act(button);
  });

  /** A button of the toolbar opens a fold of the column, at its field. */
  function openFold(fold) {
    for (let one = fold; one; one = one.parentElement.closest('details')) one.open = true;
    if (window.matchMedia('(max-width: 700px)').matches) {
      const sheet = document.getElementById('column');
      sheet.classList.remove('sheet-low');
      sheet.classList.add('sheet-high');
    }
    fold.querySelector('input,textarea,select,button')?.focus({ preventScroll: true });
    fold.scrollIntoView({ block: 'nearest' });
  }

  document.addEventListener('click', (event) => {
    const name = event.target.closest?.('[data-open-fold]')?.dataset.openFold;
    const fold = name && document.getElementById(name);
    if (fold) openFold(fold);
  });

  /** A licence that search.js was asked for: one that was chosen, or what was typed. */
  function start(asked) {
    tell('licence-asked', { ...asked, at: Date.now() });
  }

  /* What is said against findings stands on their cards, which come and go with answers. */
  let contests = [];
  function fill() {
    for (const list of document.querySelectorAll('[data-contests]')) {
      const said = contests.filter((one) => one.rule_id === list.dataset.contests);
      const key = JSON.stringify(said);
      if ((list.dataset.held || '[]') === key) continue;
      list.dataset.held = key;
      list.replaceChildren(...said.map((one) => {
        const item = document.createElement('li');
        item.textContent = one.said;
        return item;
      }));
    }
  }
  /* A button of an answer goes with it: the focus goes on to what has changed. */
  const LEADING = '#leave-out-use';
  let isLost = false;
  document.addEventListener('click', (event) => {
    if (event.target.closest?.(LEADING)) isLost = true;
  });
  function refocus() {
    const heading = document.querySelector('#proposal-changes h2');
    if (!isLost || !heading || document.activeElement !== document.body) return;
    isLost = false;
    heading.tabIndex = -1;
    heading.focus();
  }

  let filling = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(filling);
    filling = requestAnimationFrame(() => { fill(); refocus(); });
  }).observe(document.documentElement, { childList: true, subtree: true });

  function contested(kept) {
    contests = kept?.contests || [];
    fill();
  }

  window.cetmPropose = { start, contested };
})();
