/* One piece of land in hand: whatever in the page says data-piece="<layer_id>/<feature_id>" shows
   its piece when pointed at, and brings it into sight when clicked. In a place's panel
   data-piece-site says whose piece it is. */
const PULSE_MS = 260;
const SHEET_MS = 220;
const SMALL = '(max-width: 700px)';

export const keyOf = (piece) => (piece ? `${piece.layer_id}/${piece.feature_id}` : '');

/** [[west, south], [east, north]] of a GeoJSON geometry. */
export function boundsOf(geometry) {
  const box = [[Infinity, Infinity], [-Infinity, -Infinity]];
  const visit = (part) => {
    if (typeof part[0] !== 'number') return part.forEach(visit);
    for (const axis of [0, 1]) {
      box[0][axis] = Math.min(box[0][axis], part[axis]);
      box[1][axis] = Math.max(box[1][axis], part[axis]);
    }
    return undefined;
  };
  visit(geometry.coordinates);
  return box;
}

/** What an element names; a feature's id may hold slashes. */
function named(element) {
  const text = element.dataset.piece;
  const slash = text.indexOf('/');
  return {
    layer_id: text.slice(0, slash), feature_id: text.slice(slash + 1),
    site_id: element.dataset.pieceSite || null,
  };
}

/** `shown` gives the pieces of what is open. */
export function pieceInHand(hub, shown) {
  const { state } = hub;
  let chosen = null;
  const live = document.createElement('p');
  live.id = 'map-said';
  live.className = 'unseen';
  live.setAttribute('role', 'status');
  hub.map.getContainer().append(live);

  const isOf = (piece) => ({ properties: own }) => own.layer_id === piece.layer_id
    && own.feature_id === piece.feature_id && (!piece.site_id || own.site_id === piece.site_id);
  const found = (piece) => shown(hub)?.features.find(isOf(piece));

  function hold(piece) {
    state.piece = piece;
    hub.restyle();
  }

  function say(text) {
    // The same text twice is said once only, if nothing stands between.
    live.textContent = '';
    requestAnimationFrame(() => { live.textContent = text; });
  }

  /** Why a piece cannot be shown. */
  function lack(piece) {
    const { words, layers } = hub.config;
    const titles = layers.find((layer) => state.selected?.startsWith(`${layer.id}:`));
    const place = layers.find((layer) => layer.id === piece.layer_id);
    const reason = place?.withheld || titles?.withheld;
    return reason ? words.piece_withheld.replace('{reason}', reason) : words.piece_missing;
  }

  async function lowerSheet() {
    const column = document.getElementById('column');
    if (!column || !window.matchMedia(SMALL).matches) return;
    column.classList.remove('sheet-high');
    column.classList.add('sheet-low');
    await new Promise((resolve) => setTimeout(resolve, hub.isStill() ? 0 : SHEET_MS));
  }

  /** The outline swells twice; where motion is unwanted it is thick and stays so. */
  async function pulse() {
    if (hub.isStill()) return;
    for (const width of [9, 3.4, 9, 3.4]) {
      if (!hub.map.getLayer('piece|hand')) return;
      hub.map.setPaintProperty('piece|hand', 'line-width', width);
      await new Promise((resolve) => setTimeout(resolve, PULSE_MS));
    }
  }

  async function show(element) {
    const piece = named(element);
    await state.loadingPieces;
    const feature = found(piece);
    if (!feature) return say(lack(piece));
    chosen = piece;
    hold(piece);
    await lowerSheet();
    hub.fit(boundsOf(feature.geometry), { maxZoom: 15, more: 24 });
    say(hub.config.words.piece_shown.replace('{said}', feature.properties.said));
    return pulse();
  }

  const elementOf = (event) => event.target.closest?.('[data-piece]');

  document.addEventListener('click', (event) => {
    const element = elementOf(event);
    if (element) show(element);
  });
  document.addEventListener('keydown', (event) => {
    const element = elementOf(event);
    // A button makes a click of Enter by itself.
    if (!element || event.key !== 'Enter' || element.matches('button,a[href],summary')) return;
    event.preventDefault();
    show(element);
  });
  for (const kind of ['pointerover', 'focusin']) {
    document.addEventListener(kind, (event) => {
      const element = elementOf(event);
      if (element && found(named(element))) hold(named(element));
    });
  }
  for (const kind of ['pointerout', 'focusout']) {
    document.addEventListener(kind, (event) => {
      if (elementOf(event) && !event.relatedTarget?.closest?.('[data-piece]')) hold(chosen);
    });
  }

  return {
    /** What is open has changed: nothing is in hand. */
    forget() {
      chosen = null;
      if (state.piece) hold(null);
    },
  };
}
