/* Elements that are only read, made from data: see cetm_geo/dashboard/tree.py. Text from data
   becomes text; no tag or property that could run anything is taken. */
(function () {
  'use strict';
  const TAGS = new Set([
    'a', 'abbr', 'article', 'b', 'button', 'dd', 'details', 'div', 'dl', 'dt', 'h1', 'h2', 'h3', 'h4',
    'header', 'input', 'label', 'li', 'nav', 'ol', 'p', 'section', 'small', 'span', 'strong', 'summary', 'table', 'tbody',
    'td', 'textarea', 'th', 'thead', 'tr', 'ul',
  ]);
  const BARRED = /^on|^dangerously|^srcdoc$|^ref$/i;
  const SAFE = /^(https?:|\?|api\/|feed$)/;

  function drawn(node) {
    if (typeof node === 'string') return node;
    const [tag, given, ...children] = node;
    if (!TAGS.has(tag)) return null;
    const properties = {};
    for (const [name, value] of Object.entries(given)) {
      if (BARRED.test(name) || (name === 'href' && !SAFE.test(value))) continue;
      properties[name] = value;
    }
    return window.React.createElement(tag, properties, ...children.map(drawn));
  }

  window.cetm_geo = {
    Tree: ({ nodes }) => window.React.createElement(
      window.React.Fragment, null, ...nodes.map(drawn),
    ),
  };
})();
