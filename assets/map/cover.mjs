/* Which signs stand for all: no two nearer than `spacing`, and near each title that has none a sign
   of one at least as bad. Pure, so that it can be tried without a map. */

/** Signs in columns by n, from the binary answer of the server (cetm_geo/web/signs.py), of one layer
    or of several: x and y in parts of the world's width, kind the tier's place with 8 for "fully
    screened", layer the position of the layer; `n` lists the titles there are, the worst first. */
export function gathered(bodies) {
  const parts = bodies.map((body) => {
    const count = body.byteLength / 13;
    return {
      n: new Uint32Array(body, 0, count),
      x: new Uint32Array(body, 4 * count, count),
      y: new Uint32Array(body, 8 * count, count),
      kind: new Uint8Array(body, 12 * count, count),
    };
  });
  const size = 1 + parts.reduce((most, part) => Math.max(most, part.n.at(-1) ?? -1), -1);
  const out = {
    x: new Float64Array(size), y: new Float64Array(size), kind: new Uint8Array(size),
    layer: new Uint8Array(size).fill(255),
  };
  parts.forEach((part, layer) => {
    for (let i = 0; i < part.n.length; i += 1) {
      const n = part.n[i];
      out.x[n] = part.x[i] / 2 ** 27;
      out.y[n] = part.y[i] / 2 ** 27;
      out.kind[n] = part.kind[i];
      out.layer[n] = layer;
    }
  });
  const there = [];
  for (let n = 0; n < size; n += 1) if (out.layer[n] !== 255) there.push(n);
  out.n = Uint32Array.from(there);
  return out;
}

/** The signs that stand, in their order, and how many titles each stands for beside its own.

    order: titles by n, the most important first; `spacing` in parts of the world's width. A title
    without a sign of its own is no further than `spacing` from one that came before it. */
export function standing(signs, order, spacing) {
  const bits = Math.max(4, Math.ceil(Math.log2(2 * order.length + 1)));
  const mask = 2 ** bits - 1;
  const head = new Int32Array(mask + 1).fill(-1);
  const next = new Int32Array(order.length);
  const n = new Uint32Array(order.length);
  const more = new Uint32Array(order.length);
  const slot = (column, row) =>
    (Math.imul(column, 0x9e3779b1) ^ Math.imul(row, 0x85ebca6b)) >>> (32 - bits);
  const near = spacing * spacing;
  let count = 0;
  for (const title of order) {
    const x = signs.x[title];
    const y = signs.y[title];
    const column = Math.floor(x / spacing);
    const row = Math.floor(y / spacing);
    const other = before(x, y, column, row);
    if (other >= 0) { more[other] += 1; continue; }
    const at = slot(column, row);
    n[count] = title;
    next[count] = head[at];
    head[at] = count;
    count += 1;
  }
  return { n: n.subarray(0, count), more: more.subarray(0, count) };

  /** A sign that stands already and is near enough, or -1. */
  function before(x, y, column, row) {
    for (let c = column - 1; c <= column + 1; c += 1) {
      for (let r = row - 1; r <= row + 1; r += 1) {
        for (let i = head[slot(c, r)]; i >= 0; i = next[i]) {
          const dx = signs.x[n[i]] - x;
          const dy = signs.y[n[i]] - y;
          if (dx * dx + dy * dy <= near) return i;
        }
      }
    }
    return -1;
  }
}
