/* Drawing and editing one shape with Terra Draw; one with holes or many corners is only shown. */
import { asFeature, beside } from './beside.mjs';
import { cornerInHand } from './corner.mjs';
import { history, listenForUndo } from './history.mjs';
import { exact, snapping } from './snapping.mjs';
import { newTerraDraw } from './terra.mjs';

const MOST_CORNERS = 600; // of what can be edited: each is a mark of its own
const SKETCH_MS = 400;
const DRAWN_PLACES = 5; // of a ring of three corners and the pointer
const MODES = ['draw', 'edit'];
const finger = window.matchMedia('(pointer: coarse)');

const partsOf = ({ type, coordinates }) => (type === 'MultiPolygon' ? coordinates : [coordinates]);
const shapeOf = (parts) => (parts.length === 1
  ? { type: 'Polygon', coordinates: parts[0] } : { type: 'MultiPolygon', coordinates: parts });
const cornersOf = (parts) => parts.flat().reduce((sum, ring) => sum + ring.length - 1, 0);
const isEditable = (parts) => parts.every((rings) => rings.length === 1)
  && cornersOf(parts) + parts.length <= MOST_CORNERS;

/** `tell` hears {geometry, corners} of each finished shape, and null when there is none; `sketch`
    hears {geometry} of one that is being drawn. */
export function drawing(hub, tell, sketch) {
  const { map, config: { words } } = hub;
  const snap = snapping(hub, { own, mark: (target) => others.mark('snap', target) });
  const { terra, ring } = newTerraDraw(map, snap.toCustom);
  terra.start();
  const others = beside(map); // its marks lie over Terra Draw's
  const past = history();
  const buttons = Object.fromEntries(
    [...document.querySelectorAll('.toolbar [data-tool]')].map((button) => [button.dataset.tool, button]),
  );
  let active = false;
  let fixed = null;
  let sketching = 0;
  let isSketched = false;
  let isHeld = false; // the pointer is down

  const isRing = (feature) => feature.geometry.type === 'Polygon' && feature.properties.mode === 'polygon';
  const isDrawn = (feature) => feature.properties.currentlyDrawing === true;
  const all = () => terra.getSnapshot().filter(isRing);
  const polygons = () => all().filter((feature) => !isDrawn(feature));
  const isEditing = () => active && terra.getMode() === 'select';
  const corner = cornerInHand(map, {
    isEditing, shapes: polygons, mark: (target) => others.mark('held', target),
    remove(id, places) {
      terra.updateFeatureGeometry(id, { type: 'Polygon', coordinates: [places] });
      changed();
    },
  });

  /** Rings of the other parts of the drawing, which corners snap to as well. */
  function own(id) {
    return polygons().filter((one) => one.id !== id).map(({ geometry }) => geometry.coordinates[0]);
  }

  function press(name) {
    for (const tool of MODES) buttons[tool]?.setAttribute('aria-pressed', String(tool === name));
    const hint = document.getElementById('draw-hint');
    const said = { draw: words.hint_draw, edit: finger.matches ? words.hint_tap : words.hint_edit };
    if (hint) hint.textContent = said[name] || '';
    corner.drop();
    refresh();
  }

  /** What can be taken back, as the button says it. */
  function refresh() {
    const can = ring.undoSize() > 0 || past.canUndo();
    buttons.undo?.setAttribute('aria-disabled', String(!can));
  }

  /** A shape that is only shown, or none. */
  function fix(geometry) {
    fixed = geometry;
    others.set('fixed', geometry && asFeature(geometry));
    const note = document.getElementById('shape-fixed');
    if (note) note.hidden = !geometry;
  }

  function present() {
    if (fixed) return fixed;
    const parts = polygons().map(({ geometry }) => geometry.coordinates);
    return parts.length ? shapeOf(parts) : null;
  }

  function report() {
    const geometry = present();
    clearTimeout(sketching);
    isSketched = false;
    hub.asksSoon();
    tell(geometry && { geometry, corners: cornersOf(partsOf(geometry)), at: Date.now() });
  }

  /** The reader has changed the shape in hand. */
  function changed() {
    corner.drop();
    past.record(present());
    refresh();
    report();
  }

  function wipe() {
    terra.clear();
    fix(null);
    others.set('left', null);
  }

  /** A shape in place of the one in hand, or none. */
  function put(geometry) {
    wipe();
    if (!geometry) return;
    const parts = partsOf(geometry);
    if (!isEditable(parts)) return fix(geometry);
    const added = terra.addFeatures(parts.map(([places]) => ({
      type: 'Feature', properties: { mode: 'polygon' },
      geometry: { type: 'Polygon', coordinates: [places.map(exact)] },
    })));
    if (added?.some((one) => one.valid === false)) { terra.clear(); fix(geometry); }
  }

  /** A shape of the history, told anew so that it is screened. */
  function restore(geometry) {
    put(geometry);
    if (active) tools.edit();
    report();
  }

  /** What the check says of the ring that is drawn, once it rests. */
  function sketchSoon() {
    clearTimeout(sketching);
    sketching = setTimeout(() => {
      const [shape] = all();
      const isEnough = shape?.geometry.coordinates[0].length >= DRAWN_PLACES;
      if (isEnough) sketch({ geometry: shape.geometry });
      else if (isSketched) sketch(null);
      isSketched = isEnough;
    }, SKETCH_MS);
  }

  const tools = {
    draw() {
      if (present()) { wipe(); changed(); }
      terra.setMode('polygon');
      press('draw');
    },
    edit() {
      if (fixed) { terra.setMode('static'); press(''); return; }
      const [shape] = polygons();
      if (!shape) {
        if (terra.getMode() !== 'polygon') tools.draw();
        else press('draw');
        return;
      }
      terra.setMode('select');
      terra.selectFeature(shape.id);
      press('edit');
    },
    undo() {
      if (ring.undoSize()) { ring.undo(); sketchSoon(); } else if (past.canUndo()) restore(past.undo());
      refresh();
    },
    redo() {
      if (ring.redoSize()) { ring.redo(); sketchSoon(); } else if (past.canRedo()) restore(past.redo());
      refresh();
    },
    snap() { buttons.snap?.setAttribute('aria-pressed', String(snap.toggle())); },
    clear() {
      const had = present();
      wipe();
      terra.setMode('static');
      press('');
      if (had) changed();
      else report();
    },
  };
  // The column repeats these buttons where it explains them, so one listener serves them all.
  document.addEventListener('click', (event) => {
    const name = event.target.closest?.('[data-tool]')?.dataset.tool;
    if (name) tools[name]();
  });
  listenForUndo({ isActive: () => active, undo: tools.undo, redo: tools.redo });
  for (const name of ['pointerdown', 'pointerup', 'pointercancel']) {
    const hear = () => { isHeld = name === 'pointerdown'; };
    map.getCanvasContainer().addEventListener(name, hear, { capture: true });
  }

  terra.on('finish', (id, { action }) => {
    if (action === 'draw') setTimeout(tools.edit);
    // A corner that is dragged out of an edge is told once, where it comes to lie.
    if (action === 'insertMidpoint' && isHeld) return;
    changed();
  });
  terra.on('change', (ids, type) => {
    queueMicrotask(refresh); // a corner counts once Terra Draw is done with the click
    // Escape gives a ring up: what was said of it goes too.
    if (active && (type === 'update' || isSketched)) sketchSoon();
  });

  return {
    isDrawing: () => active && terra.getMode() === 'polygon',
    setActive(next) {
      if (next === active) return;
      active = next;
      others.setActive(active);
      snap.setActive(active);
      if (active) return present() ? tools.edit() : tools.draw();
      terra.setMode('static');
      press('');
    },
    /** Put a shape that was typed, given or chosen on the map. */
    show(geometry) {
      put(geometry);
      past.record(present());
      if (active) tools.edit();
      refresh();
    },
    showEarlier(shapes) {
      others.set('earlier', { type: 'FeatureCollection', features: shapes.map((one) => asFeature(one)) });
    },
    showLeftOut(pieces) { others.set('left', pieces); },
    restyle() {
      others.restyle();
      if (!polygons().length || terra.getMode() === 'polygon') return;
      terra.setMode('static');
      if (active) tools.edit();
    },
  };
}
