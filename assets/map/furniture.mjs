/* Scale, coordinates and the buttons of the map. */
const SCALE_PX = 90;
const SMALL = '(max-width: 700px)';

const degrees = (value, positive, negative) =>
  `${Math.abs(value).toFixed(4)}° ${value < 0 ? negative : positive}`;

const place = (at) => `${degrees(at.lat, 'N', 'S')}  ${degrees(at.lng, 'E', 'W')}`;

/** The roundest length that fits in SCALE_PX at the middle of the map. */
function drawScale(map) {
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const left = map.unproject([width / 2, height / 2]);
  const right = map.unproject([width / 2 + SCALE_PX, height / 2]);
  const metres = left.distanceTo(right);
  const power = 10 ** Math.floor(Math.log10(metres));
  const round = [5, 2, 1].map((step) => step * power).find((length) => length <= metres) || power;
  const text = round >= 1000 ? `${round / 1000} km` : `${round} m`;
  document.getElementById('scale-bar').style.width = `${Math.round((SCALE_PX * round) / metres)}px`;
  document.getElementById('scale-text').textContent = text.replace(' ', '\u00a0');
}

export function furniture(map, { fit }) {
  const coordinates = document.getElementById('coordinates');
  const actions = {
    in: () => map.zoomIn(),
    out: () => map.zoomOut(),
    fit,
  };
  for (const button of document.querySelectorAll('[data-map-action]')) {
    button.addEventListener('click', () => actions[button.dataset.mapAction]());
  }
  const middle = () => { coordinates.textContent = place(map.getCenter()); };
  map.on('mousemove', (event) => { coordinates.textContent = place(event.lngLat.wrap()); });
  map.on('move', () => { drawScale(map); middle(); });
  map.on('resize', () => drawScale(map));
  drawScale(map);
  middle();
  const legend = document.getElementById('legend');
  if (legend && window.matchMedia(SMALL).matches) legend.removeAttribute('open');
}
