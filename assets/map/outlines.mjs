/* Outlines of titles as the register has them: those of the tiles are simplified. Asked of the server
   when they are wanted, a few at once; where one cannot be had, it is done without. */
const HELD = 96;
const AT_ONCE = 3;
const WAITING = 24; // who asked before these has moved on

/** across and down, in parts of the world's width: where a place stands on the map. */
export const across = (lng) => (lng + 180) / 360;
export const down = (lat) =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

/** A ring ready to be held against the pointer: [[lng, lat], ...] with x, y on the map and its box. */
export function ringOf(corners) {
  const x = Float64Array.from(corners, ([lng]) => across(lng));
  const y = Float64Array.from(corners, ([, lat]) => down(lat));
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < x.length; i += 1) {
    box[0] = Math.min(box[0], x[i]);
    box[1] = Math.min(box[1], y[i]);
    box[2] = Math.max(box[2], x[i]);
    box[3] = Math.max(box[3], y[i]);
  }
  return { corners, x, y, box };
}

const ringsOf = ({ type, coordinates }) => (type === 'MultiPolygon' ? coordinates.flat() : coordinates);

/** of(n) gives the rings of a title, or null and has them fetched; `come` hears when some are there. */
export function outlines(hub, come) {
  const held = new Map(); // n -> its rings; null while they are awaited, and where there are none
  let waiting = [];
  let asking = 0;

  async function fetched(n) {
    const card = await hub.cards.of(n);
    if (!card) return null;
    const path = `sites/${encodeURIComponent(card.site_id)}/outline.geojson`;
    const answer = await fetch(`${hub.config.api}/${path}`);
    return answer.ok ? ringsOf((await answer.json()).geometry).map(ringOf) : null;
  }

  async function next() {
    if (asking >= AT_ONCE || !waiting.length) return;
    const n = waiting.pop();
    asking += 1;
    const rings = await fetched(n).catch(() => null);
    asking -= 1;
    if (rings && held.has(n)) {
      held.set(n, rings);
      come();
    }
    next();
  }

  function ask(n) {
    held.set(n, null);
    waiting.push(n);
    while (waiting.length > WAITING) held.delete(waiting.shift());
    while (held.size > HELD) {
      const [oldest] = held.keys();
      held.delete(oldest);
      waiting = waiting.filter((one) => one !== oldest);
    }
    next();
  }

  return {
    of(n) {
      if (!held.has(n)) ask(n);
      const rings = held.get(n) ?? null;
      if (rings) { held.delete(n); held.set(n, rings); } // the last to be dropped
      return rings;
    },
  };
}
