/* Notices a new generation of the store and a server that is gone, and shows work that takes more
   than a second. Says so in the bar of dashboard/panels/watch.py, without Dash: its callbacks may
   be what fails. */
(function () {
  'use strict';
  const EVERY_MS = 30000, FIRST_RETRY_MS = 3000, LAST_RETRY_MS = 60000, PATIENCE_MS = 10000;
  const SLOW_MS = 1000, BACK_MS = 4000;
  let timer = 0;
  let retry = FIRST_RETRY_MS;
  let gone = false;
  let asking = null;
  let closed = ''; // the generation that the reader does not want to hear of again
  let asked = 0;

  const bar = () => document.getElementById('watch');
  const part = (name) => bar()?.querySelector(`[data-watch="${name}"]`);

  function say(kind, day = '') {
    const here = bar();
    if (!here) return;
    const text = kind ? here.dataset[kind].replace('{day}', day) : '';
    // The same again would be read out again.
    if (part('text').textContent !== text) part('text').textContent = text;
    part('reload').hidden = kind !== 'new';
    part('close').hidden = kind !== 'new';
    here.dataset.said = kind;
  }

  function dayOf(text) {
    const { lang } = document.documentElement;
    const day = new Date(`${text}T00:00:00Z`);
    if (Number.isNaN(day.getTime())) return text || '';
    // As the rest of the page says it: 30 Nov 2026.
    return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
      day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC',
    }).format(day);
  }

  /** Ask the server now; what it says is shown. Several at once ask once. */
  function check() {
    asking ??= ask().finally(() => { asking = null; });
    return asking;
  }

  async function ask() {
    const here = bar();
    if (!here) return;
    clearTimeout(timer);
    asked = Date.now();
    try {
      const answer = await plainFetch(here.dataset.health, {
        cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS),
      });
      // A proxy before a server that is gone answers, too, but not in JSON.
      const isOurs = (answer.headers.get('content-type') || '').includes('json');
      if (!isOurs) throw new Error('gone');
      heard(here, answer.ok ? await answer.json() : {});
      next(EVERY_MS);
    } catch {
      gone = true;
      if (here.dataset.said !== 'new') say('gone');
      next(retry);
      retry = Math.min(2 * retry, LAST_RETRY_MS);
    }
  }

  function heard(here, { generation, as_of: day }) {
    retry = FIRST_RETRY_MS;
    const isNew = generation && generation !== here.dataset.generation && generation !== closed;
    if (isNew) {
      here.dataset.served = generation;
      say('new', dayOf(day));
    } else if (gone) {
      say('back');
      setTimeout(() => { if (here.dataset.said === 'back') say(''); }, BACK_MS);
    }
    gone = false;
  }

  function next(ms) {
    clearTimeout(timer);
    timer = setTimeout(() => { if (!document.hidden) check(); }, ms);
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && Date.now() - asked > EVERY_MS) check();
  });

  document.addEventListener('click', (event) => {
    const what = event.target.closest?.('[data-watch]')?.dataset.watch;
    // The address, hash and all, brings back what is shown.
    if (what === 'reload') window.location.reload();
    if (what === 'close') {
      closed = bar().dataset.served || '';
      say('');
    }
  });

  /* ---------------------------------------------------------------- what is under way */
  const pending = new Set();
  let tiles = false;
  let slow = 0;

  function progress() {
    const busy = pending.size > 0 || tiles;
    if (!busy) {
      clearTimeout(slow);
      slow = 0;
      show(false);
    } else {
      slow ||= setTimeout(() => show(true), SLOW_MS);
    }
  }

  function show(yes) {
    const line = document.getElementById('progress');
    if (line) line.hidden = !yes;
  }

  /* Callbacks of Dash go through here: how long they take, and whether anybody answers. */
  const plainFetch = window.fetch.bind(window);
  window.fetch = function (resource, options) {
    const answer = plainFetch(resource, options);
    const url = String(resource?.url || resource);
    if (!url.includes('_dash-update-component')) return answer;
    pending.add(answer);
    progress();
    const done = () => {
      pending.delete(answer);
      progress();
    };
    answer.then(done, () => { done(); check(); });
    return answer;
  };

  function watchMap(map) {
    map.on('dataloading', () => { tiles = true; progress(); });
    map.on('idle', () => { tiles = false; progress(); });
  }

  let tries = 0;
  function begin() {
    const map = window.cetm?.map;
    if (map) watchMap(map);
    else if ((tries += 1) < 300) setTimeout(begin, 200);
  }
  begin();
  next(EVERY_MS);

  window.cetmWatch = { check, isAsking: () => pending.size > 0 };
})();
