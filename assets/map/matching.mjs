/* The filter as Dash gives it, a bit a title by n, and as the map's expressions ask for it. */

/** A filter {bits, count, of} with a flag a title, or null where all match. */
export function matching(filter) {
  if (!filter) return null;
  const text = atob(filter.bits);
  const flags = new Uint8Array(filter.of);
  for (let n = 0; n < filter.of; n += 1) flags[n] = (text.charCodeAt(n >> 3) >> (n & 7)) & 1;
  return { flags, key: filter.bits };
}

const known = new WeakMap();

/** True of the features of titles that match; made once a filter, because it holds a number for
    every title, and so told from another by its identity. */
export function titlesFilter(filter) {
  if (!filter) return null;
  if (!known.has(filter)) {
    known.set(filter, ['==', ['at', ['get', 'n'], ['literal', Array.from(filter.flags)]], 1]);
  }
  return known.get(filter);
}
