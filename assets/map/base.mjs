/* Below the catalogue: sea, land and borders of the world, relief, and the operator's base map.
   Nothing here is asked of another host unless the operator chose a style there. */
import { SANS, all, isPolygon, zoomed } from './layering.mjs';
import { WIDE, halo } from './labels.mjs';
import { isDark, token } from './tokens.mjs';

const WORLD = 'ground:world';
const RELIEF = 'ground:relief';
const HIDDEN = { visibility: 'none' };
const TILES = 'ground:tiles';
const OF_KIND = (kind) => ['==', ['get', 'kind'], kind];

/* A style of another host, fetched before the map is made: its sources and layers, renamed. */
let styled = { sources: {}, layers: [] };

/** True where a base map stands for land too, so that no land of ours may cover it. */
export const coversLand = (config) => ['raster', 'style'].includes(config.ground?.tiles?.kind);

/** What has to be there before the map is made; without it the map stands on the outline alone. */
export async function prepare(config, maplibre) {
  const tiles = config.ground?.tiles;
  if (!tiles) return;
  try {
    if (tiles.kind === 'style') {
      const answer = await fetch(tiles.url);
      if (!answer.ok) throw new Error(`${tiles.url} answers ${answer.status}`);
      styled = renamed(await answer.json(), tiles.url);
    } else {
      const { Protocol } = await import('pmtiles');
      maplibre.addProtocol('pmtiles', new Protocol().tile);
    }
  } catch (error) {
    console.warn(`base map: ${error.message}`);
    const notice = document.getElementById('map-notice');
    notice.textContent = config.words.no_base;
    notice.hidden = false;
  }
}

export function sources(config) {
  const { world, relief, tiles } = config.ground || {};
  const found = {};
  if (world) found[WORLD] = { type: 'geojson', data: world, maxzoom: 8, buffer: 32 };
  if (relief) {
    found[RELIEF] = {
      type: 'raster-dem', tiles: [window.location.origin + relief.tiles], encoding: 'terrarium',
      tileSize: relief.tileSize, minzoom: 0, maxzoom: relief.maxzoom, bounds: relief.bounds,
    };
  }
  if (tiles && tiles.kind !== 'style') found[TILES] = tileSource(tiles);
  if (tiles?.kind === 'vector') found[`${TILES}:box`] = { type: 'geojson', data: boxOf(tiles.bounds) };
  return { ...found, ...styled.sources };
}

function tileSource({ kind, url, minzoom, maxzoom, bounds }) {
  const file = new URL(url, window.location.href).href;
  const source = { type: kind, tiles: [`pmtiles://${file}/{z}/{x}/{y}`], minzoom, maxzoom, bounds };
  return kind === 'raster' ? { ...source, tileSize: 256 } : source;
}

function boxOf([west, south, east, north]) {
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
}

export function layers(slots, config, state) {
  const ground = config.ground || {};
  const shown = (part) => ({ visibility: state.visible.has(part) ? 'visible' : 'none' });
  const sea = token(ground.world ? 'map-sea' : 'map-outside');
  slots.ground.push({ id: 'sea', type: 'background', paint: { 'background-color': sea } });
  if (ground.world) world(slots, ground, shown(WORLD));
  if (ground.tiles?.kind === 'vector') vector(slots, ground.tiles, shown(TILES));
  if (ground.tiles?.kind === 'raster') slots.base.push(picture(shown(TILES)));
  for (const layer of styled.layers) {
    slots.base.push({ ...layer, layout: { ...layer.layout, ...shown(TILES) } });
  }
  if (ground.relief) slots.relief.push(relief(state.isRested ? shown(RELIEF) : HIDDEN));
}

/** The relief waits for what is asked for to be there: without a graphics card it takes longest. */
export function install({ map, state, restyle }) {
  map.once('idle', () => {
    state.isRested = true;
    restyle();
  });
}

/** Land, the borders on it and the names; a country that the catalogue outlines has its own. */
function world(slots, ground, layout) {
  const of = { source: WORLD, layout };
  slots.ground.push({
    ...of, id: `${WORLD}|land`, type: 'fill', filter: OF_KIND('land'),
    paint: { 'fill-color': token('map-outside'), 'fill-antialias': true },
  });
  const others = (side) => ['!', ['in', ['get', side], ['literal', ground.countries]]];
  slots.border.push({
    ...of, id: `${WORLD}|border`, type: 'line',
    filter: all([OF_KIND('border'), others('a'), others('b')]),
    paint: {
      'line-color': token('map-label-2'), 'line-width': zoomed(2, 0.5, 7, 0.9),
      'line-opacity': 0.55, 'line-dasharray': [4, 2],
    },
  });
  const name = ['coalesce', ['get', ['get', 'id'], ['literal', ground.names || {}]], ['get', 'name']];
  slots.label.push({
    ...of, id: `${WORLD}|name`, type: 'symbol', maxzoom: 8,
    filter: all([OF_KIND('name'), others('id'), ['>=', ['zoom'], ['get', 'zoom']]]),
    paint: { 'text-color': token('map-label'), ...halo(1.6, 'map-outside') },
    layout: {
      ...layout, ...WIDE, 'text-field': name, 'text-font': SANS,
      'text-size': zoomed(2, 10, 6, 14), 'text-padding': 10, 'symbol-sort-key': ['get', 'zoom'],
    },
  });
}

/** Shading is quiet, and the quieter the nearer: then shapes and labels count. */
function relief(layout) {
  const dark = isDark();
  const [shadow, light] = dark ? ['0 0 0', '150 170 180'] : ['44 48 46', '255 255 255'];
  const faded = (colour, far, near) => zoomed(
    7, `rgb(${colour} / ${far})`, 9.5, `rgb(${colour} / ${near})`,
  );
  return {
    id: `${RELIEF}|shade`, type: 'hillshade', source: RELIEF, layout, minzoom: 4,
    paint: {
      'hillshade-exaggeration': 0.5, 'hillshade-illumination-anchor': 'map',
      'hillshade-shadow-color': faded(shadow, dark ? 0.9 : 0.6, dark ? 0.5 : 0.34),
      'hillshade-highlight-color': faded(light, dark ? 0.3 : 0.6, dark ? 0.15 : 0.35),
      'hillshade-accent-color': faded(shadow, dark ? 0.3 : 0.2, dark ? 0.15 : 0.1),
    },
  };
}

/** Tiles that are pictures step back behind what is drawn on them. */
function picture(layout) {
  const dark = isDark();
  return {
    id: `${TILES}|picture`, type: 'raster', source: TILES, layout,
    paint: {
      'raster-saturation': -0.65, 'raster-contrast': -0.15, 'raster-opacity': 0.85,
      'raster-brightness-min': dark ? 0 : 0.12, 'raster-brightness-max': dark ? 0.42 : 1,
    },
  };
}

/* Roads and places as the schemas of Protomaps (`kind`) and OpenMapTiles (`class`) call them. */
const KIND = ['coalesce', ['get', 'kind'], ['get', 'pmap:kind'], ['get', 'class'], ''];
const MAIN_ROADS = ['highway', 'major_road', 'motorway', 'trunk', 'primary', 'secondary'];
const TOWNS = ['locality', 'city', 'town', 'village'];
const among = (names) => ['in', KIND, ['literal', names]];

/** Vector tiles, drawn quietly by the names that both common schemas use. */
function vector(slots, { layers: names }, layout) {
  const has = (name) => names.includes(name);
  const put = (slot, name, part, type, paint, more = {}) => {
    if (!has(name)) return;
    slots[slot].push({
      id: `${TILES}|${name}|${part}`, type, source: TILES, 'source-layer': name, paint,
      ...more, layout: { ...layout, ...more.layout },
    });
  };
  // Within its box such a file knows the coast better: the world's outline is covered there.
  const under = token(has('earth') ? 'map-sea' : 'map-outside');
  slots.ground.push({
    id: `${TILES}|box`, type: 'fill', source: `${TILES}:box`, layout, paint: { 'fill-color': under },
  });
  put('ground', 'earth', 'fill', 'fill', { 'fill-color': token('map-outside') }, { filter: isPolygon });
  put('base', 'water', 'fill', 'fill', { 'fill-color': token('map-sea') }, { filter: isPolygon });
  const stream = { 'line-color': token('map-river'), 'line-width': zoomed(7, 0.4, 12, 1.6) };
  const line = ['==', ['geometry-type'], 'LineString'];
  put('base', 'water', 'line', 'line', stream, { filter: line });
  put('base', 'waterway', 'line', 'line', stream);
  for (const name of ['roads', 'transportation']) {
    const colour = token('map-road');
    put('base', name, 'small', 'line', { 'line-color': colour, 'line-width': zoomed(11, 0.4, 15, 2.4) }, {
      minzoom: 11, filter: ['!', among(MAIN_ROADS)],
    });
    put('base', name, 'main', 'line', { 'line-color': colour, 'line-width': zoomed(6, 0.5, 12, 2.6) }, {
      filter: among(MAIN_ROADS),
    });
  }
  for (const name of ['buildings', 'building']) {
    put('base', name, 'fill', 'fill', { 'fill-color': token('map-road'), 'fill-opacity': 0.6 }, { minzoom: 14 });
  }
  for (const name of ['places', 'place']) {
    put('label', name, 'label', 'symbol', { 'text-color': token('map-label-2'), ...halo() }, {
      filter: among(TOWNS), minzoom: 6,
      layout: { 'text-field': ['get', 'name'], 'text-font': SANS, 'text-size': 12, 'text-padding': 6 },
    });
  }
}

/* --- a style of another host ------------------------------------------------------------------ */

const KINDS = ['vector', 'raster', 'geojson'];

/** Sources and layers of a style under names of their own; its pictures and fonts are left out. */
function renamed(style, url) {
  const name = (id) => `${TILES}:${id}`;
  const kept = Object.entries(style.sources || {}).filter(([, source]) => KINDS.includes(source.type));
  const entries = kept.map(([id, source]) => [name(id), withAddress(source, url)]);
  const sourcesOf = Object.fromEntries(entries);
  const drawn = (style.layers || []).filter((layer) => layer.type === 'background' || name(layer.source) in sourcesOf);
  return { sources: sourcesOf, layers: drawn.map((layer) => plain(layer, name)).filter(Boolean) };
}

function withAddress(source, url) {
  const absolute = (address) => decodeURI(new URL(address, url).href);
  const found = { ...source };
  if (typeof source.url === 'string') found.url = absolute(source.url);
  if (Array.isArray(source.tiles)) found.tiles = source.tiles.map(absolute);
  return found;
}

/** A layer without pictures, which would have to be fetched, and with letters that are here. */
function plain(layer, name) {
  const made = { ...layer, id: name(layer.id), layout: { ...layer.layout }, paint: { ...layer.paint } };
  if (layer.source) made.source = name(layer.source);
  delete made.metadata;
  for (const part of ['fill-pattern', 'line-pattern', 'background-pattern', 'fill-extrusion-pattern']) {
    if (part in made.paint) return null;
  }
  if (layer.type !== 'symbol') return made;
  if (!made.layout['text-field']) return null;
  for (const key of Object.keys(made.layout)) if (key.startsWith('icon-')) delete made.layout[key];
  made.layout['text-font'] = SANS;
  return made;
}
