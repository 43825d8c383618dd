/* The card near the pointer. Text from data enters as textContent only. The sign and the tier are
   there at once; the name and the reason come when the pointer rests. */
import { SIGNS } from './signs.mjs';
import { pointer } from './titles.mjs';
import { UNKNOWN } from './tokens.mjs';

const REST_MS = 60;
const GAP_PX = 24; // from the pointer, so that what lies next to it can be seen
const EDGE_PX = 6;

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text) node.textContent = text;
  return node;
}

function titleEntry(hit, config) {
  const tier = config.tiers[hit.tier] || {};
  const entry = element('div', 'card-site');
  const head = element('p', `card-tier tier-${hit.tier}`);
  head.append(element('span', `sign sign-${tier.sign}`));
  head.append(element('span', '', tier.label));
  const partly = !hit.screened && hit.tier !== UNKNOWN;
  if (partly) head.append(element('small', '', config.partly));
  entry.append(head, element('h3', '', '\u00a0'), element('p', 'card-reason', '\u00a0'));
  return entry;
}

function say(entry, said) {
  entry.querySelector('h3').textContent = said.name || said.site_id;
  entry.querySelector('.card-reason').textContent = said.reason || '';
}

function placeEntry(hit, config) {
  const entry = element('p', 'card-place');
  entry.append(element('span', `swatch swatch-${hit.layer.draw}`));
  entry.append(element('span', '', hit.name || config.words.unnamed), element('small', '', hit.layer.label));
  return entry;
}

/** What lies under a point, each thing once: titles have n, places id and name. */
export function hitsAt(map, point, layers) {
  const byId = new Map(layers.map((entry) => [entry.id, entry]));
  const seen = new Map();
  for (const feature of map.queryRenderedFeatures(point, { layers: [...byId.keys()] })) {
    const { layer, site } = byId.get(feature.layer.id);
    const { n, id } = feature.properties;
    const key = site ? n : `${layer.id}\n${id}`;
    const sign = feature.layer.id === SIGNS;
    if (!seen.has(key)) seen.set(key, { ...feature.properties, layer, site, key, sign });
  }
  return [...seen.values()];
}

/** Show who lies under the pointer; `hub` is map.mjs, layersNow gives what answers to a pointer. */
export function hoverCard(hub, layersNow) {
  const { map, config } = hub;
  const card = element('div', 'hover-card floating');
  card.hidden = true;
  map.getContainer().append(card);
  const outline = pointer(map, config);
  let before = '';
  let resting = 0;

  function hide() {
    before = '';
    clearTimeout(resting);
    if (card.hidden) return;
    card.hidden = true;
    outline(null);
    map.getCanvas().style.cursor = '';
  }

  function show(event) {
    const held = event.originalEvent.buttons !== 0;
    const hits = held || hub.isDrawing() ? [] : hitsAt(map, event.point, layersNow());
    if (!hits.length) return hide();
    const now = hits.map(({ key }) => key).join('\n');
    if (now === before) return;
    before = now;
    const titles = hits.filter((hit) => hit.site);
    fill(titles, hits.filter((hit) => !hit.site));
    card.hidden = false;
    outline(titles[0]?.n ?? null);
    map.getCanvas().style.cursor = 'pointer';
    settle(event.point);
  }

  function fill(titles, places) {
    clearTimeout(resting);
    card.replaceChildren();
    const [first] = titles;
    if (first) {
      const entry = titleEntry(first, config);
      card.append(entry);
      const said = hub.cards.known(first.n);
      if (said) say(entry, said);
      else resting = setTimeout(() => later(first.n, entry), REST_MS);
      const around = titles.find(({ sign, more }) => sign && more)?.more;
      if (titles.length > 1) card.append(note(config.words.more_here, titles.length - 1));
      if (around) card.append(note(config.words.more_around, around));
    }
    for (const place of places.slice(0, 3)) card.append(placeEntry(place, config));
  }

  const note = (text, n) => element('p', 'muted', text.replace('{n}', n));

  async function later(n, entry) {
    const said = await hub.cards.of(n);
    if (said && entry.isConnected) say(entry, said);
  }

  /** Beside the pointer, where the card hides the fewest titles; there it stays while they do. */
  function settle(point) {
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const { offsetWidth: wide, offsetHeight: tall } = card;
    const level = Math.min(Math.max(EDGE_PX, point.y - tall / 3), height - tall - EDGE_PX);
    const middle = Math.min(Math.max(EDGE_PX, point.x - wide / 2), width - wide - EDGE_PX);
    const corners = [
      [point.x + GAP_PX, level], [point.x - GAP_PX - wide, level],
      [middle, point.y + GAP_PX], [middle, point.y - GAP_PX - tall],
    ].filter(([x, y]) => x >= EDGE_PX && y >= EDGE_PX
      && x + wide <= width - EDGE_PX && y + tall <= height - EDGE_PX);
    const hidden = ([x, y]) => map.queryRenderedFeatures(
      [[x, y], [x + wide, y + tall]], { layers: [SIGNS] },
    ).length;
    let best = [Math.max(EDGE_PX, point.x - GAP_PX - wide), level];
    let fewest = Infinity;
    for (const corner of corners) {
      const count = hidden(corner);
      if (count < fewest) [best, fewest] = [corner, count];
    }
    card.style.transform = `translate(${Math.round(best[0])}px, ${Math.round(best[1])}px)`;
  }

  let frame = 0;
  map.on('mousemove', (event) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => show(event));
  });
  map.on('mouseout', () => { cancelAnimationFrame(frame); hide(); });
  map.on('movestart', hide);
  // A row of the table under the pointer outlines its title: {id, n}, or null.
  window.addEventListener('cetm:outline', (event) => outline(event.detail?.n ?? null));
}
