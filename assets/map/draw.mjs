/* Drawing and editing one shape with Terra Draw; one with holes or many corners is only shown. */
import { TerraDraw, TerraDrawPolygonMode, TerraDrawSelectMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import { token } from './tokens.mjs';

const accent = () => token('accent');
const panel = () => token('panel');
const STYLES = {
  polygon: {
    fillColor: accent, fillOpacity: 0.1, outlineColor: accent, outlineWidth: 3,
    closingPointColor: accent, closingPointWidth: 6, closingPointOutlineColor: panel,
    closingPointOutlineWidth: 2, coordinatePointColor: accent,
  },
  select: {
    selectedPolygonColor: accent, selectedPolygonFillOpacity: 0.1,
    selectedPolygonOutlineColor: accent, selectedPolygonOutlineWidth: 3,
    selectionPointColor: accent, selectionPointWidth: 6.5,
    selectionPointOutlineColor: panel, selectionPointOutlineWidth: 2,
    midPointColor: panel, midPointWidth: 4, midPointOutlineColor: accent, midPointOutlineWidth: 2,
  },
};
const MOST_CORNERS = 600; // of what can be edited: each is a mark of its own
const DECIMALS = 7;
const EMPTY = { type: 'FeatureCollection', features: [] };
const SKETCH_MS = 400;
const CORNERS = { midpoints: { draggable: true }, draggable: true, deletable: true };

function newTerraDraw(map) {
  return new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: DECIMALS }),
    modes: [
      new TerraDrawPolygonMode({ styles: STYLES.polygon, showCoordinatePoints: true }),
      new TerraDrawSelectMode({
        styles: STYLES.select,
        flags: { polygon: { feature: { draggable: true, coordinates: CORNERS } } },
      }),
    ],
  });
}

const asFeature = (geometry) => ({ type: 'Feature', properties: {}, geometry });
const partsOf = ({ type, coordinates }) => (type === 'MultiPolygon' ? coordinates : [coordinates]);
const shapeOf = (parts) => (parts.length === 1
  ? { type: 'Polygon', coordinates: parts[0] } : { type: 'MultiPolygon', coordinates: parts });
const isEditable = (parts) => parts.every((rings) => rings.length === 1)
  && parts.reduce((sum, [ring]) => sum + ring.length, 0) <= MOST_CORNERS;
const rounded = (ring) => ring.map((corner) => corner.slice(0, 2).map((x) => Number(x.toFixed(DECIMALS))));

/** Shapes beside the one in hand: one that cannot be edited, the draft before it, land left out. */
function beside(map) {
  const sources = { fixed: 'draft-fixed', earlier: 'draft-earlier', left: 'draft-left' };
  for (const id of Object.values(sources)) map.addSource(id, { type: 'geojson', data: EMPTY });
  const isLeft = ['==', ['get', 'part'], 'left_out'];
  const layers = [
    ['left', 'fill', { 'fill-pattern': () => 'piece-hatch', 'fill-opacity': () => 0.75 }, isLeft],
    ['left', 'line', { 'line-color': () => token('ink-3'), 'line-width': () => 1 }, isLeft],
    ['earlier', 'line', {
      'line-color': accent, 'line-width': () => 2, 'line-dasharray': () => [3, 2],
    }],
    ['fixed', 'fill', { 'fill-color': accent, 'fill-opacity': () => 0.1 }],
    ['fixed', 'line', { 'line-color': accent, 'line-width': () => 3 }],
  ];
  const said = (paint) => Object.fromEntries(
    Object.entries(paint).map(([name, value]) => [name, value()]),
  );
  for (const [name, type, paint, filter] of layers) {
    const id = `${sources[name]}-${type}`;
    map.addLayer({ id, type, source: sources[name], paint: said(paint), ...(filter && { filter }) });
  }
  let active = false;
  const look = () => {
    for (const [name, type] of layers) {
      map.setLayoutProperty(`${sources[name]}-${type}`, 'visibility', active ? 'visible' : 'none');
    }
  };
  look();
  return {
    set(name, data) { map.getSource(sources[name]).setData(data || EMPTY); },
    setActive(next) { active = next; look(); },
    restyle() {
      for (const [name, type, paint] of layers) {
        for (const [property, value] of Object.entries(said(paint))) {
          map.setPaintProperty(`${sources[name]}-${type}`, property, value);
        }
      }
    },
  };
}

/** `tell` hears {geometry, corners} of each finished shape, and null when there is none; `sketch`
    hears {geometry} of one that is being drawn. */
export function drawing(map, tell, sketch) {
  const terra = newTerraDraw(map);
  const others = beside(map);
  const buttons = Object.fromEntries(
    [...document.querySelectorAll('[data-tool]')].map((button) => [button.dataset.tool, button]),
  );
  let active = false;
  let fixed = null;
  let sketching = 0;
  terra.start();

  const polygons = () => terra.getSnapshot().filter(
    (feature) => feature.geometry.type === 'Polygon' && feature.properties.mode === 'polygon',
  );

  function press(name) {
    for (const [tool, button] of Object.entries(buttons)) {
      button.setAttribute('aria-pressed', String(tool === name));
    }
  }

  /** A shape that is only shown, or none. */
  function fix(geometry) {
    fixed = geometry;
    others.set('fixed', geometry && asFeature(geometry));
    const note = document.getElementById('shape-fixed');
    if (note) note.hidden = !geometry;
  }

  function report() {
    const parts = polygons().map(({ geometry }) => geometry.coordinates);
    if (!parts.length) return tell(null);
    const corners = parts.reduce((sum, [ring]) => sum + ring.length - 1, 0);
    tell({ geometry: shapeOf(parts), corners, at: Date.now() });
  }

  function wipe() {
    terra.clear();
    fix(null);
    others.set('left', null);
  }

  const tools = {
    draw() {
      if (polygons().length || fixed) { wipe(); tell(null); }
      terra.setMode('polygon');
      press('draw');
    },
    edit() {
      const [shape] = polygons();
      if (fixed) { terra.setMode('static'); press(''); return; }
      if (!shape) return tools.draw();
      terra.setMode('select');
      terra.selectFeature(shape.id);
      press('edit');
    },
    clear() {
      wipe();
      terra.setMode('static');
      press('');
      tell(null);
    },
  };
  // The column repeats these buttons where it explains them, so one listener serves them all.
  document.addEventListener('click', (event) => {
    const name = event.target.closest?.('[data-tool]')?.dataset.tool;
    if (name) tools[name]();
  });

  terra.on('finish', (id, context) => {
    clearTimeout(sketching);
    if (context.action === 'draw') setTimeout(tools.edit);
    report();
  });
  // A ring of three corners and the pointer has five places.
  terra.on('change', (ids, type) => {
    if (type !== 'update' || !active) return;
    clearTimeout(sketching);
    sketching = setTimeout(() => {
      const [shape] = polygons();
      if (shape && shape.geometry.coordinates[0].length >= 5) sketch({ geometry: shape.geometry });
    }, SKETCH_MS);
  });

  return {
    isDrawing: () => active && terra.getMode() === 'polygon',
    setActive(next) {
      if (next === active) return;
      active = next;
      others.setActive(active);
      if (active) return polygons().length || fixed ? tools.edit() : tools.draw();
      if (terra.getMode() === 'polygon' && polygons().length) terra.clear();
      terra.setMode('static');
      press('');
    },
    /** Put a shape that was typed, given or chosen on the map. */
    show(geometry) {
      wipe();
      const parts = partsOf(geometry);
      if (!isEditable(parts)) {
        fix(geometry);
      } else {
        const features = parts.map(([ring]) => ({
          type: 'Feature', properties: { mode: 'polygon' },
          geometry: { type: 'Polygon', coordinates: [rounded(ring)] },
        }));
        const added = terra.addFeatures(features);
        if (added?.some((one) => one.valid === false)) { terra.clear(); fix(geometry); }
      }
      if (active) tools.edit();
    },
    showEarlier(shapes) {
      others.set('earlier', { type: 'FeatureCollection', features: shapes.map(asFeature) });
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
