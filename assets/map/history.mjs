/* What was done to the drawn shape, so that it can be taken back: shapes that were in hand, each as
   GeoJSON or null, the oldest dropped where they are many or large. */
const MOST = 60;
const MOST_CORNERS = 300_000; // of all that is kept
const TYPING = 'input:not([type="checkbox"],[type="radio"],[type="file"],[type="button"]),textarea,select,'
  + '[contenteditable]:not([contenteditable="false"])';

export const isTyping = ({ target }) => Boolean(target.closest?.(TYPING));

function size(shape) {
  if (!shape) return 1;
  const parts = shape.type === 'MultiPolygon' ? shape.coordinates : [shape.coordinates];
  return parts.flat().reduce((sum, ring) => sum + ring.length, 0);
}

/** Shapes one after the other; the first is that there is none. */
export function history() {
  const shapes = [null];
  let now = 0;

  function trim() {
    let sum = 0;
    const fits = shapes.findLastIndex((shape) => (sum += size(shape)) > MOST_CORNERS) + 1;
    const drop = Math.min(now, Math.max(fits, shapes.length - MOST));
    shapes.splice(0, drop);
    now -= drop;
  }

  return {
    record(shape) {
      if (JSON.stringify(shape) === JSON.stringify(shapes[now])) return;
      shapes.splice(now + 1, Infinity, shape);
      now += 1;
      trim();
    },
    canUndo: () => now > 0,
    canRedo: () => now + 1 < shapes.length,
    undo: () => shapes[(now -= 1)],
    redo: () => shapes[(now += 1)],
  };
}

/** Ctrl+Z and Shift+Ctrl+Z, or with the Command key, wherever nothing is typed. */
export function listenForUndo({ isActive, undo, redo }) {
  document.addEventListener('keydown', (event) => {
    const { ctrlKey, metaKey, altKey, shiftKey, key } = event;
    if (!(ctrlKey || metaKey) || altKey || !isActive() || event.defaultPrevented) return;
    const letter = key.toLowerCase();
    const wants = letter === 'z' ? (shiftKey ? redo : undo) : letter === 'y' && !shiftKey ? redo : null;
    if (!wants || isTyping(event)) return;
    event.preventDefault();
    wants();
  });
}
