/* The card beside the pointer. Text from data enters as textContent only. */
import { UNKNOWN } from './tokens.mjs';

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text) node.textContent = text;
  return node;
}

function siteEntry(properties, config) {
  const tier = config.tiers[properties.tier] || {};
  const entry = element('div', 'card-site');
  const head = element('p', `card-tier tier-${properties.tier}`);
  head.append(element('span', `sign sign-${tier.sign}`));
  head.append(element('span', '', tier.label));
  const partly = !properties.screened && properties.tier !== UNKNOWN;
  if (partly) head.append(element('small', '', config.partly));
  entry.append(head, element('h3', '', properties.name || properties.id));
  if (properties.reason) entry.append(element('p', '', properties.reason));
  return entry;
}

function placeEntry(hit, config) {
  const entry = element('p', 'card-place');
  entry.append(element('span', `swatch swatch-${hit.layer.draw}`));
  entry.append(element('span', '', hit.name || config.words.unnamed), element('small', '', hit.layer.label));
  return entry;
}

function hitsAt(map, point, layers) {
  const byId = new Map(layers.map((entry) => [entry.id, entry]));
  const seen = new Map();
  for (const feature of map.queryRenderedFeatures(point, { layers: [...byId.keys()] })) {
    const { layer, site } = byId.get(feature.layer.id);
    const key = `${layer.id}\n${feature.properties.id}`;
    if (!seen.has(key)) seen.set(key, { layer, site, ...feature.properties });
  }
  return [...seen.values()];
}

/** Show who lies under the pointer; `busy` says when the reader is drawing. */
export function hoverCard(map, config, layersNow, busy) {
  const card = element('div', 'hover-card floating');
  card.hidden = true;
  map.getContainer().append(card);
  const siteLayers = config.layers.filter((layer) => layer.draw === 'site' && !layer.withheld);

  function outline(id) {
    for (const layer of siteLayers) {
      map.setFilter(`${layer.id}|hover`, ['==', ['get', 'id'], id ?? '']);
    }
  }

  function hide() {
    if (card.hidden) return;
    card.hidden = true;
    outline(null);
    map.getCanvas().style.cursor = '';
  }

  function show(event) {
    const held = event.originalEvent.buttons !== 0;
    const hits = held || busy() ? [] : hitsAt(map, event.point, layersNow());
    if (!hits.length) return hide();
    const sites = hits.filter((hit) => hit.site);
    const places = hits.filter((hit) => !hit.site);
    card.replaceChildren();
    if (sites.length) card.append(siteEntry(sites[0], config));
    if (sites.length > 1) {
      card.append(element('p', 'muted', config.words.more_here.replace('{n}', sites.length - 1)));
    }
    for (const place of places.slice(0, 3)) card.append(placeEntry(place, config));
    card.hidden = false;
    outline(sites[0]?.id);
    map.getCanvas().style.cursor = sites.length ? 'pointer' : '';
    settle(event.point);
  }

  /** Beside the pointer, on the side where there is room. */
  function settle(point) {
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const left = point.x + 18 + card.offsetWidth > width ? point.x - 18 - card.offsetWidth : point.x + 18;
    const top = Math.min(point.y + 14, height - card.offsetHeight - 8);
    card.style.transform = `translate(${Math.round(Math.max(4, left))}px, ${Math.round(Math.max(4, top))}px)`;
  }

  let frame = 0;
  map.on('mousemove', (event) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => show(event));
  });
  map.on('mouseout', () => { cancelAnimationFrame(frame); hide(); });
  map.on('movestart', hide);
}
