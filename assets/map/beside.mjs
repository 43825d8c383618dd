/* What lies beside the shape in hand: one that cannot be edited, the draft before it, land left out,
   and the marks of where a corner would land and of the corner in hand. */
import { token } from './tokens.mjs';

const EMPTY = { type: 'FeatureCollection', features: [] };
const SOURCES = {
  fixed: 'draft-fixed', earlier: 'draft-earlier', left: 'draft-left', snap: 'draft-snap', held: 'draft-held',
};
export const accent = () => token('accent');
const isLeft = ['==', ['get', 'part'], 'left_out'];
const byKind = (corner, other) => ['match', ['get', 'kind'], 'edge', other, corner];
const LAYERS = [
  ['left', 'fill', { 'fill-pattern': () => 'piece-hatch', 'fill-opacity': () => 0.75 }, isLeft],
  ['left', 'line', { 'line-color': () => token('ink-3'), 'line-width': () => 1 }, isLeft],
  ['earlier', 'line', {
    'line-color': accent, 'line-width': () => 2, 'line-dasharray': () => [3, 2],
  }],
  ['fixed', 'fill', { 'fill-color': accent, 'fill-opacity': () => 0.1 }],
  ['fixed', 'line', { 'line-color': accent, 'line-width': () => 3 }],
  // On a corner of a title a filled mark, on its edge a ring alone.
  ['snap', 'circle', {
    'circle-color': () => token('tier-moderate'), 'circle-opacity': () => byKind(1, 0),
    'circle-radius': () => byKind(5.5, 6.5),
    'circle-stroke-color': () => token('ink'), 'circle-stroke-width': () => 2.5,
  }],
  ['held', 'circle', {
    'circle-color': () => token('panel'), 'circle-opacity': () => 0, 'circle-radius': () => 11,
    'circle-stroke-color': accent, 'circle-stroke-width': () => 2.5,
  }],
];
const said = (paint) => Object.fromEntries(
  Object.entries(paint).map(([name, value]) => [name, value()]),
);
const idOf = (name, type) => `${SOURCES[name]}-${type}`;

export const asFeature = (geometry, properties = {}) => ({ type: 'Feature', properties, geometry });

export function beside(map) {
  for (const id of Object.values(SOURCES)) map.addSource(id, { type: 'geojson', data: EMPTY });
  for (const [name, type, paint, filter] of LAYERS) {
    map.addLayer({
      id: idOf(name, type), type, source: SOURCES[name], paint: said(paint), ...(filter && { filter }),
    });
  }
  let active = false;
  const marks = {};
  const look = () => {
    for (const [name, type] of LAYERS) {
      map.setLayoutProperty(idOf(name, type), 'visibility', active ? 'visible' : 'none');
    }
  };
  look();
  const set = (name, data) => map.getSource(SOURCES[name]).setData(data || EMPTY);
  return {
    set,
    /** A mark at {at, kind}, or none. */
    mark(name, target) {
      const key = target ? String([target.at, target.kind]) : '';
      if ((marks[name] || '') === key) return;
      marks[name] = key;
      set(name, target && asFeature({ type: 'Point', coordinates: target.at }, { kind: target.kind }));
    },
    setActive(next) { active = next; look(); },
    restyle() {
      for (const [name, type, paint] of LAYERS) {
        for (const [property, value] of Object.entries(said(paint))) {
          map.setPaintProperty(idOf(name, type), property, value);
        }
      }
    },
  };
}
