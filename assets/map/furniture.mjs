/* Scale, coordinates and the buttons of the map. */
const SCALE_PX = 90;
const PIXEL_M = 0.00028; // as map services take a pixel of a screen to be
const SMALL = '(max-width: 700px)';
const TOUCH = '(hover: none)';

/** A number as the page writes it: the reader's decimal sign, thin spaces between thousands. */
export function number(value, decimals = 0) {
  const format = new Intl.NumberFormat(document.documentElement.lang || 'en', {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  });
  const parts = format.formatToParts(value).filter((part) => part.type !== 'group');
  const thin = (whole) => whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return parts.map(({ value: part }) => part).join('').replace(/^\d+/, thin);
}

/** A round number with its two leading digits. */
function roughly(value) {
  const step = 10 ** Math.max(Math.floor(Math.log10(value)) - 1, 0);
  return Math.round(value / step) * step;
}

const said = (text, value) => text.replace('{n}', value).replaceAll(' ', '\u00a0');

function place(at, words) {
  const one = (value, positive, negative) =>
    said(value < 0 ? negative : positive, number(Math.abs(value), 4));
  return `${one(at.lat, words.north, words.south)}  ${one(at.lng, words.east, words.west)}`;
}

/** The middle of what is seen of the map: on a small screen the column lies over its lower part. */
function middle(map) {
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const column = window.matchMedia(SMALL).matches && document.getElementById('column');
  return [width / 2, Math.max(height - (column ? column.offsetHeight : 0), 2) / 2];
}

/** The roundest length that fits in SCALE_PX at the middle of the map, and the map's scale there. */
function drawScale(map, words) {
  const [x, y] = middle(map);
  const metres = map.unproject([x, y]).distanceTo(map.unproject([x + SCALE_PX, y]));
  if (!(metres > 0)) return;
  const power = 10 ** Math.floor(Math.log10(metres));
  const round = [5, 2, 1].map((step) => step * power).find((length) => length <= metres) || power;
  const text = round >= 1000 ? said(words.km, number(round / 1000)) : said(words.m, number(round));
  document.getElementById('scale-bar').style.width = `${Math.round((SCALE_PX * round) / metres)}px`;
  document.getElementById('scale-text').textContent = text;
  const ratio = number(roughly(metres / SCALE_PX / PIXEL_M));
  document.getElementById('scale-ratio').textContent = said(words.ratio, ratio);
}

export function furniture(map, { fit, words }) {
  const coordinates = document.getElementById('coordinates');
  const actions = {
    in: () => map.zoomIn(),
    out: () => map.zoomOut(),
    fit,
  };
  for (const button of document.querySelectorAll('[data-map-action]')) {
    button.addEventListener('click', () => actions[button.dataset.mapAction]());
  }
  const show = (at) => { coordinates.textContent = place(at.wrap(), words); };
  if (!window.matchMedia(TOUCH).matches) {
    map.on('mousemove', (event) => show(event.lngLat));
  }
  const moved = () => { drawScale(map, words); show(map.unproject(middle(map))); };
  map.on('move', moved);
  map.on('resize', moved);
  moved();
  const legend = document.getElementById('legend');
  if (legend && window.matchMedia(SMALL).matches) legend.removeAttribute('open');
}
