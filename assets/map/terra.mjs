/* Terra Draw as the page has it: how shapes in hand look, what they snap to, and how near is near. */
import { TerraDraw, TerraDrawPolygonMode, TerraDrawSelectMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import { accent } from './beside.mjs';
import { DECIMALS } from './snapping.mjs';
import { token } from './tokens.mjs';

const panel = () => token('panel');
const STYLES = {
  polygon: {
    fillColor: accent, fillOpacity: 0.1, outlineColor: accent, outlineWidth: 3,
    closingPointColor: accent, closingPointWidth: 6, closingPointOutlineColor: panel,
    closingPointOutlineWidth: 2, coordinatePointColor: accent,
    // beside.mjs marks where a corner would land, drawn or dragged.
    snappingPointOpacity: 0, snappingPointOutlineOpacity: 0,
  },
  select: {
    selectedPolygonColor: accent, selectedPolygonFillOpacity: 0.1,
    selectedPolygonOutlineColor: accent, selectedPolygonOutlineWidth: 3,
    selectionPointColor: accent, selectionPointWidth: 6.5,
    selectionPointOutlineColor: panel, selectionPointOutlineWidth: 2,
    midPointColor: panel, midPointWidth: 4, midPointOutlineColor: accent, midPointOutlineWidth: 2,
  },
};
// Pixels within which a corner is grasped, and a ring closed: corners of titles may lie close.
const NEAR_PX = 16;
const NEAR_FINGER_PX = 28;

/** {terra, ring}: Terra Draw, and its mode of drawing a ring, which takes corners back. */
export function newTerraDraw(map, toCustom) {
  const pointerDistance = window.matchMedia('(pointer: coarse)').matches ? NEAR_FINGER_PX : NEAR_PX;
  const ring = new TerraDrawPolygonMode({
    styles: STYLES.polygon, showCoordinatePoints: true, pointerDistance, snapping: { toCustom },
  });
  const coordinates = {
    midpoints: { draggable: true }, draggable: true, deletable: true, snappable: { toCustom },
  };
  const select = new TerraDrawSelectMode({
    styles: STYLES.select, pointerDistance,
    // Its Delete takes the whole shape; and a move that it skips may be the last.
    keyEvents: { deselect: 'Escape', delete: null, rotate: null, scale: null }, dragEventThrottle: 0,
    flags: { polygon: { feature: { draggable: true, coordinates } } },
  });
  const adapter = new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: DECIMALS });
  return { terra: new TerraDraw({ adapter, modes: [ring, select] }), ring };
}
