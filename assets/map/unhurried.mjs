/* Where no graphics card draws (a virtual desktop, an old computer, a driver that the browser
   distrusts), a frame takes half a second, and a map that draws one for every tile that comes keeps
   the rest of the page waiting. There it moves at once, and draws when what it asked for has come,
   and what the page asked for is read. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const LONGEST_MS = 1500; // until what has come is shown
const LOOK_MS = 40;
const SETTLING_MS = 250; // from a change of address to its question, from an answer to its being drawn

export function isSoftware(gl) {
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  return SOFTWARE.test(String(gl?.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
}

/** Frames wait for the tiles and answers that are under way, unless the map moves. Returns what says
    that a question is about to be asked: the frame of the click that asks it comes after its answer. */
export function drawUnhurried(map) {
  const draw = map.triggerRepaint.bind(map);
  let waiting = null;
  let asked = 0;
  const touch = () => { asked = performance.now(); };
  for (const change of ['_dashprivate_pushstate', 'popstate']) window.addEventListener(change, touch);

  function isDue() {
    if (map.isMoving()) return true;
    if (window.cetmWatch?.isAsking()) touch();
    return map.areTilesLoaded() && performance.now() - asked > SETTLING_MS;
  }

  map.triggerRepaint = () => {
    if (isDue()) return draw();
    if (waiting) return null;
    const since = performance.now();
    waiting = setInterval(() => {
      if (!isDue() && performance.now() - since < LONGEST_MS) return;
      clearInterval(waiting);
      waiting = null;
      draw();
    }, LOOK_MS);
    return null;
  };
  return touch;
}
