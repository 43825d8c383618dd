/* The country's picture, drawn by the server, stands where the map will draw it until that is done:
   the map's own modules, worker and tiles take a second and more on their way. */
const HALF_M = 20037508.342789244; // of the world's width in EPSG:3857

/** True if the address asks for all titles as they lie: the picture tells of nothing else. To be asked
    before the map writes where it looks into the address. */
export function fitsPicture() {
  const asked = [...new URLSearchParams(window.location.search).keys()];
  return !window.location.hash && asked.every((word) => word === 'lang');
}

/** Show it over a map that has just been made, until that has drawn its tiles. */
export function showPicture(map, maplibre, picture) {
  const image = new Image();
  const theme = document.documentElement.dataset.mantineColorScheme === 'dark' ? 'dark' : 'light';
  Object.assign(image, { alt: '', className: 'map-picture', src: `${picture.href}${theme}` });
  const [west, south, east, north] = picture.frame;
  const at = (x, y) => map.project(new maplibre.MercatorCoordinate(
    (x + HALF_M) / (2 * HALF_M), (HALF_M - y) / (2 * HALF_M),
  ).toLngLat());
  const place = () => {
    const [first, last] = [at(west, north), at(east, south)];
    const box = { left: first.x, top: first.y, width: last.x - first.x, height: last.y - first.y };
    for (const [side, px] of Object.entries(box)) image.style[side] = `${px}px`;
  };
  let hasCome = false; // a tile: before the first, none is awaited either
  const hear = ({ tile }) => { hasCome ||= Boolean(tile); };
  const heard = { move: place, sourcedata: hear, render: drawn };
  function drawn() {
    if (!hasCome || !map.areTilesLoaded()) return;
    image.remove();
    for (const [event, listener] of Object.entries(heard)) map.off(event, listener);
  }
  place();
  for (const [event, listener] of Object.entries(heard)) map.on(event, listener);
  map.getCanvasContainer().append(image);
}
