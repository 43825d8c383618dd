/* A corner that is drawn or dragged close to a title lands on the register's own outline: on the
   nearest corner of it, else on its edge. With Alt held, or switched off, it stays where it is put. */
import { across, down, outlines, ringOf } from './outlines.mjs';
import { hoverLayers } from './style.mjs';

const CORNER_PX = 12;
const EDGE_PX = 8;
const AHEAD_PX = 36; // what may be snapped to next is fetched beforehand
const MOST_NEAR = 16; // titles: with more of them round the pointer it would be any of them
const MOST_IN_SIGHT = 30; // a finger gives no notice of where it will tap
const WORLD_PX = 512;
export const DECIMALS = 9;
const coarse = window.matchMedia('(pointer: coarse)');

/** As Terra Draw takes it; a tenth of a millimetre. */
export const exact = (corner) => corner.slice(0, 2).map((one) => Number(one.toFixed(DECIMALS)));

/** The nearest corner of rings within CORNER_PX of x, y, else the nearest point of an edge. */
function nearest(rings, x, y, worldPx) {
  const best = { corner: (CORNER_PX / worldPx) ** 2, edge: (EDGE_PX / worldPx) ** 2, at: null, on: null };
  const reach = CORNER_PX / worldPx;
  for (const { corners, x: xs, y: ys, box } of rings) {
    if (x < box[0] - reach || x > box[2] + reach || y < box[1] - reach || y > box[3] + reach) continue;
    for (let i = 0; i < xs.length; i += 1) {
      const away = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
      if (away <= best.corner) Object.assign(best, { corner: away, at: corners[i] });
      if (best.at || i + 1 === xs.length) continue;
      const [dx, dy] = [xs[i + 1] - xs[i], ys[i + 1] - ys[i]];
      const along = ((x - xs[i]) * dx + (y - ys[i]) * dy) / (dx * dx + dy * dy || 1);
      const t = Math.min(1, Math.max(0, along));
      const off = (xs[i] + t * dx - x) ** 2 + (ys[i] + t * dy - y) ** 2;
      if (off > best.edge) continue;
      // Between two corners the register's line is straight in degrees.
      const [[a, b], [c, d]] = [corners[i], corners[i + 1]];
      Object.assign(best, { edge: off, on: [a + t * (c - a), b + t * (d - b)] });
    }
  }
  const found = best.at || best.on;
  return found && { at: exact(found), kind: best.at ? 'corner' : 'edge' };
}

/** own(id) gives the rings of the drawing other than of shape `id`; mark(target) shows where a corner
    would land, or nothing. */
export function snapping(hub, { own, mark }) {
  const { map, config, state } = hub;
  const held = outlines(hub, again);
  const canvas = map.getCanvas();
  let active = false;
  let isOn = true;
  let isFree = false;
  let pointer = null; // the last that was heard of it, while it is over the map

  const titles = () => hoverLayers(config, state).filter(({ site, layer }) => site && layer);

  /** Titles drawn within a box of the map; a circle that stands for one has no corners of its own. */
  function drawnIn(box) {
    const found = map.queryRenderedFeatures(box, { layers: titles().map(({ id }) => id) });
    const real = found.filter(({ properties }) => !properties.placeholder);
    return [...new Set(real.map(({ properties }) => properties.n))];
  }

  function ringsNear(x, y, id) {
    const box = [[x - AHEAD_PX, y - AHEAD_PX], [x + AHEAD_PX, y + AHEAD_PX]];
    const near = drawnIn(box);
    const rings = near.length > MOST_NEAR ? [] : near.flatMap((n) => held.of(n) || []);
    return [...rings, ...own(id).map(ringOf)];
  }

  function target(x, y, id) {
    if (!active || !isOn || isFree) return null;
    const { lng, lat } = map.unproject([x, y]);
    return nearest(ringsNear(x, y, id), across(lng), down(lat), WORLD_PX * 2 ** map.getZoom());
  }

  /** Terra Draw looks once more where the pointer rests: an outline has come, or Alt is pressed. */
  function again() {
    if (!active || !pointer) return;
    const { clientX, clientY, buttons, pointerType } = pointer;
    canvas.dispatchEvent(new PointerEvent('pointermove', {
      clientX, clientY, buttons, pointerType, altKey: isFree, isPrimary: true, bubbles: true,
    }));
  }

  /** Of the titles in sight, while they are few. */
  function fetchInSight() {
    if (!active || !isOn || !coarse.matches) return;
    const seen = drawnIn([[0, 0], [canvas.clientWidth, canvas.clientHeight]]);
    if (seen.length <= MOST_IN_SIGHT) seen.forEach(held.of);
  }

  const container = map.getCanvasContainer();
  // Before Terra Draw hears of it, whose own notion of the keys that are held needs the focus.
  for (const name of ['pointerdown', 'pointermove', 'pointerup']) {
    container.addEventListener(name, (event) => {
      pointer = event;
      isFree = event.altKey;
    }, { capture: true });
  }
  for (const name of ['keydown', 'keyup']) {
    document.addEventListener(name, ({ altKey }) => {
      if (altKey === isFree) return;
      isFree = altKey;
      again();
    });
  }
  function left({ type, pointerType }) {
    if (type === 'pointerleave' || pointerType !== 'mouse') pointer = null;
    mark(null);
  }
  container.addEventListener('pointerup', left);
  container.addEventListener('pointerleave', left);
  map.on('idle', fetchInSight);

  return {
    /** For Terra Draw's `toCustom`. */
    toCustom({ containerX, containerY }, { currentId }) {
      const found = target(containerX, containerY, currentId);
      mark(found);
      return found?.at;
    },
    setActive(next) {
      active = next;
      mark(null);
      fetchInSight();
    },
    toggle() {
      isOn = !isOn;
      mark(null);
      fetchInSight();
      return isOn;
    },
  };
}
