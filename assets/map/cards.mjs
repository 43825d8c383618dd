/* What is said of a title: asked of the server when it is wanted, a title at a time. */
const HELD = 1000;

/** of(n) promises {site_id, layer_id, name, tier, screened, reason}, the reason in the reader's
    language, or null; known(n) is the same
    where it has come already. */
export function cards(config) {
  const held = new Map();
  const come = new Map();

  const language = document.documentElement.lang;

  async function asked(n) {
    const answer = await fetch(`${config.tiles}/card/${n}.json?lang=${language}`);
    if (answer.status === 404) window.cetmWatch?.check();
    return answer.ok ? answer.json() : null;
  }

  function of(n) {
    if (!held.has(n)) {
      const found = asked(n).catch(() => null);
      held.set(n, found);
      // What failed may work the next time.
      found.then((said) => (said ? come.set(n, said) : held.delete(n)));
      if (held.size > HELD) {
        const first = held.keys().next().value;
        held.delete(first);
        come.delete(first);
      }
    }
    return held.get(n);
  }

  return { of, known: (n) => come.get(n) };
}
