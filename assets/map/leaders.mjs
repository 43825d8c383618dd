/* Labels of the main pieces: a box beside the land with a line to it, none on another. */
const MOST = 4;
const NAMED = 3; // places that share the same land
const LEAST_SHARE = 0.02; // of the largest piece: less is not among the main ones
const SMALLEST_PX = 90; // a title that is drawn smaller has no room for labels
const GAP = 26;
const EDGE = 10;
const SHIFTS = [0, -20, 20, -40, 40, -60, 60, -80, 80, -100, 100, -120, 120, -150, 150];
const APART = 5;
const SMALL = '(max-width: 700px)';
const SVG = 'http://www.w3.org/2000/svg';
const OVER = ['#legend', '.map-buttons', '.map-foot', '.map-notice', '.toolbar'];

function element(tag, className, text = '') {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const around = (point, by) => ({
  left: point.x - by, right: point.x + by, top: point.y - by, bottom: point.y + by,
});

const widened = (box) => ({
  left: box.left - APART, right: box.right + APART, top: box.top - APART, bottom: box.bottom + APART,
});

/** The main pieces of a collection, the largest first; places that share the same land as one. */
export function mainPieces(collection, layers) {
  const screened = new Map(layers.filter((one) => one.screened).map((one) => [one.id, one.label]));
  const land = (collection?.features || []).map(({ properties }) => properties).filter(
    (own) => own.point && !own.sliver && own.overlap_km2 > 0 && screened.has(own.layer_id),
  );
  land.sort((a, b) => b.overlap_km2 - a.overlap_km2);
  const least = (land[0]?.overlap_km2 ?? 0) * LEAST_SHARE;
  const pieces = new Map();
  for (const own of land) {
    if (own.overlap_km2 < least) break;
    const layer = screened.get(own.layer_id);
    const place = { name: own.name || layer, layer: own.name ? layer : '' };
    const key = `${own.label} ${own.point.map((value) => value.toFixed(4))}`;
    const same = pieces.get(key);
    if (same) same.places.push(place);
    else pieces.set(key, { label: own.label, point: own.point, places: [place] });
  }
  return [...pieces.values()].slice(0, MOST);
}

/** Boxes beside `around`, the title's own, or beside their anchors; null where there is no room. */
export function placed(items, room, title, taken) {
  const boxes = [];
  const anchors = items.map((item) => around(item.at, 7));
  for (const item of items) {
    const sides = item.at.x < (title.left + title.right) / 2 ? ['left', 'right'] : ['right', 'left'];
    const spots = [];
    for (const edge of [title, around(item.at, 0)]) {
      for (const side of sides) {
        for (const shift of SHIFTS) spots.push({ edge, side, shift });
      }
    }
    const tries = spots.map(({ edge, side, shift }) => {
      const left = side === 'left' ? edge.left - GAP - item.width : edge.right + GAP;
      const top = item.at.y - item.height / 2 + shift;
      return { side, left, top, right: left + item.width, bottom: top + item.height };
    });
    const isFree = (box) => box.left >= room.left && box.right <= room.right
      && box.top >= room.top && box.bottom <= room.bottom
      && ![...taken, ...anchors, ...boxes.filter(Boolean).map(widened)].some(
        (other) => meet(box, other),
      );
    boxes.push(tries.find(isFree) || null);
  }
  return boxes;
}

export function leaders(hub) {
  const { map } = hub;
  const layer = element('div', 'leaders');
  // The panel says the same, with names and figures that can be read out.
  layer.setAttribute('aria-hidden', 'true');
  const lines = document.createElementNS(SVG, 'svg');
  layer.append(lines);
  map.getContainer().append(layer);
  let items = [];
  let extent = null;

  /** bounds: of the site; without them those of its pieces. */
  function show(collection, bounds) {
    for (const item of items) item.box.remove();
    items = mainPieces(collection, hub.config.layers).map(({ label, point, places }) => {
      const box = element('div', 'leader');
      box.append(element('b', '', label));
      for (const place of places.slice(0, NAMED)) {
        box.append(element('span', '', place.name));
        if (place.layer) box.append(element('small', '', place.layer));
      }
      layer.append(box);
      return { box, point };
    });
    extent = items.length ? bounds || extentOf(collection) : null;
    draw();
  }

  /** Of what the site shares with anything: it lies about that. */
  function extentOf(collection) {
    const points = [];
    const visit = (part) => (typeof part[0] === 'number' ? points.push(part) : part.forEach(visit));
    for (const feature of collection.features) visit(feature.geometry.coordinates);
    const lons = points.map((point) => point[0]);
    const lats = points.map((point) => point[1]);
    const least = (values) => values.reduce((a, b) => Math.min(a, b));
    const most = (values) => values.reduce((a, b) => Math.max(a, b));
    return [[least(lons), least(lats)], [most(lons), most(lats)]];
  }

  function hide() {
    lines.replaceChildren();
    for (const item of items) item.box.classList.remove('shown');
  }

  function draw() {
    hide();
    if (!items.length || window.matchMedia(SMALL).matches) return;
    const [[west, south], [east, north]] = extent;
    const first = map.project([west, north]);
    const last = map.project([east, south]);
    const title = { left: first.x, top: first.y, right: last.x, bottom: last.y };
    if (Math.max(last.x - first.x, last.y - first.y) < SMALLEST_PX) return;
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const room = { left: EDGE, top: EDGE, right: width - EDGE, bottom: height - EDGE };
    const seen = items.map((item) => ({ ...item, at: map.project(item.point) })).filter(
      ({ at }) => at.x > 0 && at.y > 0 && at.x < width && at.y < height,
    );
    for (const item of seen) {
      item.width = item.box.offsetWidth;
      item.height = item.box.offsetHeight;
    }
    const boxes = placed(seen, room, title, covered());
    seen.forEach((item, i) => { if (boxes[i]) lead(item, boxes[i]); });
  }

  /** What stands on the map already. */
  function covered() {
    const home = map.getContainer().getBoundingClientRect();
    const shown = OVER.map((name) => document.querySelector(name)).filter(
      (one) => one && one.getClientRects().length,
    );
    return shown.map((one) => {
      const box = one.getBoundingClientRect();
      return {
        left: box.left - home.left - 6, right: box.right - home.left + 6,
        top: box.top - home.top - 6, bottom: box.bottom - home.top + 6,
      };
    });
  }

  function lead(item, box) {
    item.box.style.transform = `translate(${Math.round(box.left)}px, ${Math.round(box.top)}px)`;
    item.box.classList.add('shown');
    const [halo, line] = ['line', 'line'].map((tag) => document.createElementNS(SVG, tag));
    halo.setAttribute('class', 'halo');
    const dot = document.createElementNS(SVG, 'circle');
    const edge = box.left > item.at.x ? box.left : box.right;
    const ends = { x1: item.at.x, y1: item.at.y, x2: edge, y2: (box.top + box.bottom) / 2 };
    for (const [name, value] of Object.entries(ends)) {
      halo.setAttribute(name, value);
      line.setAttribute(name, value);
    }
    for (const [name, value] of Object.entries({ cx: item.at.x, cy: item.at.y, r: 4.5 })) {
      dot.setAttribute(name, value);
    }
    lines.append(halo, line, dot);
  }

  map.on('move', draw);
  map.on('resize', draw);
  document.getElementById('legend')?.addEventListener('toggle', draw);
  return { show, draw };
}
