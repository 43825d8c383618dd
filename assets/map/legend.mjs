/* The legend's switches of whole groups; those of single layers are Dash's own. */
const VISIBLE = 'visible-layers';

const switches = () => [...document.querySelectorAll('[data-layer-group]')];
const members = (button) => button.dataset.layerGroup.split(' ');

/** Layers that can be switched: one that is withheld or failed cannot. */
function usable(config, ids) {
  const off = new Set(config.layers.filter((x) => x.withheld || x.problem).map((x) => x.id));
  return ids.filter((id) => !off.has(id));
}

export const layers = () => {};

export function install(hub) {
  document.getElementById('legend')?.addEventListener('click', (event) => {
    const button = event.target.closest('[data-layer-group]');
    if (!button) return;
    const ids = usable(hub.config, members(button));
    const next = new Set(hub.state.visible);
    const all = ids.every((id) => next.has(id));
    for (const id of ids) if (all) next.delete(id); else next.add(id);
    window.dash_clientside.set_props(VISIBLE, { value: [...next] });
  });
  visibleChanged(hub);
}

/** Each group's switch says whether all, some or none of its layers are on the map. */
export function visibleChanged(hub) {
  for (const button of switches()) {
    const ids = usable(hub.config, members(button));
    const on = ids.filter((id) => hub.state.visible.has(id)).length;
    const state = on === 0 ? 'false' : on === ids.length ? 'true' : 'mixed';
    button.setAttribute('aria-checked', state);
  }
}
