/* The corner in hand: clicked or tapped while corners are edited, ringed on the map, and removed by a
   button beneath the toolbar or the Delete key. A right click, or a long press, removes one at once. */
import { isTyping } from './history.mjs';

const REACH_PX = 14;
const FINGER_PX = 24;
const FEWEST = 4; // places of a ring that encloses land

/** ring without its corner at `index`, still closed; the first and the last place are one corner. */
export function without(ring, index) {
  const open = ring.slice(0, -1).filter((_, i) => i !== index % (ring.length - 1));
  return [...open, open[0]];
}

/** shapes() gives what can be edited, remove(id, ring) puts a ring in a shape's place. */
export function cornerInHand(map, { isEditing, shapes, remove, mark }) {
  const button = document.getElementById('remove-corner');
  let held = null; // {id, ring, index}

  function hold(next) {
    if (held === next) return;
    held = next;
    mark(held && { at: held.ring[held.index], kind: 'held' });
    if (button) button.hidden = !held || held.ring.length <= FEWEST;
  }

  function nearest({ point, originalEvent }) {
    let reach = originalEvent.pointerType === 'touch' ? FINGER_PX : REACH_PX;
    let found = null;
    for (const { id, geometry } of shapes()) {
      const [ring] = geometry.coordinates;
      for (let index = 0; index < ring.length - 1; index += 1) {
        const away = map.project(ring[index]).dist(point);
        if (away <= reach) { reach = away; found = { id, ring, index }; }
      }
    }
    return found;
  }

  function removeHeld() {
    if (!held || held.ring.length <= FEWEST) return;
    const { id, ring, index } = held;
    hold(null);
    remove(id, without(ring, index));
  }

  map.on('click', (event) => hold(isEditing() ? nearest(event) : null));
  button?.addEventListener('click', () => {
    removeHeld();
    map.getCanvas().focus();
  });
  document.addEventListener('keydown', (event) => {
    if (!held || !isEditing() || isTyping(event)) return;
    if (event.key === 'Escape') hold(null);
    else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      removeHeld();
    }
  });
  return { drop: () => hold(null) };
}
