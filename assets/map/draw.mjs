/* Drawing and editing one polygon with Terra Draw. */
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
const CORNERS = { midpoints: { draggable: true }, draggable: true, deletable: true };

function newTerraDraw(map) {
  return new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 7 }),
    modes: [
      new TerraDrawPolygonMode({ styles: STYLES.polygon, showCoordinatePoints: true }),
      new TerraDrawSelectMode({
        styles: STYLES.select,
        flags: { polygon: { feature: { draggable: true, coordinates: CORNERS } } },
      }),
    ],
  });
}

/** `tell` hears {geometry, corners} of each finished shape, and null when there is none. */
export function drawing(map, tell) {
  const terra = newTerraDraw(map);
  const buttons = Object.fromEntries(
    [...document.querySelectorAll('[data-tool]')].map((button) => [button.dataset.tool, button]),
  );
  let active = false;
  terra.start();

  const polygon = () => terra.getSnapshot().find(
    (feature) => feature.geometry.type === 'Polygon' && feature.properties.mode === 'polygon',
  );

  function press(name) {
    for (const [tool, button] of Object.entries(buttons)) {
      button.setAttribute('aria-pressed', String(tool === name));
    }
  }

  function report() {
    const shape = polygon();
    const corners = shape ? shape.geometry.coordinates[0].length - 1 : 0;
    tell(shape ? { geometry: shape.geometry, corners, at: Date.now() } : null);
  }

  const tools = {
    draw() {
      if (polygon()) { terra.clear(); tell(null); }
      terra.setMode('polygon');
      press('draw');
    },
    edit() {
      const shape = polygon();
      if (!shape) return tools.draw();
      terra.setMode('select');
      terra.selectFeature(shape.id);
      press('edit');
    },
    clear() {
      terra.clear();
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
    if (context.action === 'draw') setTimeout(tools.edit);
    report();
  });

  return {
    isDrawing: () => active && terra.getMode() === 'polygon',
    setActive(next) {
      if (next === active) return;
      active = next;
      if (active) return polygon() ? tools.edit() : tools.draw();
      if (terra.getMode() === 'polygon' && polygon()) terra.clear();
      terra.setMode('static');
      press('');
    },
    /** Put a shape that was typed on the map. */
    show(geometry) {
      terra.clear();
      terra.addFeatures([{ type: 'Feature', geometry, properties: { mode: 'polygon' } }]);
      if (active) tools.edit();
    },
    restyle() {
      const shape = polygon();
      if (!shape || terra.getMode() === 'polygon') return;
      terra.setMode('static');
      if (active) tools.edit();
    },
  };
}
