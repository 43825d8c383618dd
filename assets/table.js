/* The drawer under the map: AG Grid over blocks of rows that the server sorts and filters. Its
   script is fetched when the drawer is opened first; how it is sorted stands in the address. */
(function () {
  'use strict';
  const address = window.cetmAddress;
  const GRID = 'titles-grid';
  const ROWS = 'explore/rows';
  const element = (id) => document.getElementById(id);
  const nothing = () => window.dash_clientside.no_update;
  const isSmall = window.matchMedia('(max-width: 700px)');

  let grid = null;
  let script = null;
  let wanted = false;
  let filters = {};
  let asked = '';
  let open = null;
  const indexes = new Map();

  /* --- opening ------------------------------------------------------------------------------ */

  function load(url) {
    script ||= new Promise((resolve, reject) => {
      const tag = document.createElement('script');
      tag.src = url;
      tag.onload = () => resolve(true);
      tag.onerror = () => { script = null; reject(new Error(url)); };
      document.head.append(tag);
    });
    return script;
  }

  /** Open or closed, as the address says; true once the grid may be drawn. */
  async function drawer(words) {
    const box = element('drawer');
    if (!box) return nothing();
    const isOpen = words?.table === '1';
    box.classList.toggle('open', isOpen);
    for (const toggle of box.querySelectorAll('[data-table-toggle]')) {
      toggle.setAttribute('aria-expanded', String(isOpen));
      toggle.dataset.go = isOpen ? 'table=' : 'table=1';
    }
    sortAs(words?.sort || '');
    // What could not be read is asked for again when the table is opened again.
    if (isOpen && !element('table-problem')?.hidden && grid) grid.setGridOption('datasource', source());
    if (isOpen) showOpen();
    if (!isOpen || wanted) return nothing();
    wanted = true;
    try {
      return await load(box.dataset.script);
    } catch (error) {
      wanted = false;
      throw error;
    }
  }

  /** Called when Dash has drawn the grid. */
  async function begin(children) {
    if (!children || grid) return nothing();
    const api = await window.dash_ag_grid.getApiAsync(GRID);
    // Its own source of rows holds one request at a time: ours takes its place.
    while (!api.getGridOption('datasource')) await new Promise(requestAnimationFrame);
    grid = api;
    api.setGridOption('datasource', source());
    sortAs(address.query().get('sort') || '');
    document.querySelector(`#${GRID} [role=grid], #${GRID} [role=treegrid]`)
      ?.setAttribute('aria-label', window.cetm.words.table);
    api.addEventListener('rowClicked', (event) => openTitle(event.data));
    api.addEventListener('cellKeyDown', (event) => {
      if (event.event.key === 'Enter') openTitle(event.data);
    });
    api.addEventListener('sortChanged', (event) => {
      if (event.source === 'uiColumnSorted') address.go({ sort: sorted() });
      indexes.clear();
    });
    api.addEventListener('modelUpdated', mark);
    api.addEventListener('cellMouseOver', (event) => outline(event.data));
    api.addEventListener('cellMouseOut', () => outline(null));
    showOpen();
    return nothing();
  }

  function openTitle(row) {
    if (row) address.go({ view: '', place: '', site: row.id });
  }

  let outlined = null;

  /** The map outlines the title whose row is under the pointer. */
  function outline(row) {
    if ((row?.id ?? null) === outlined) return;
    outlined = row?.id ?? null;
    const detail = row ? { id: row.id, n: row.n } : null;
    window.dispatchEvent(new CustomEvent('cetm:outline', { detail }));
  }

  /* --- rows --------------------------------------------------------------------------------- */

  const queryOf = (more) => new URLSearchParams({ ...filters, ...more });

  function source() {
    const mine = JSON.stringify(filters);
    return {
      async getRows(params) {
        const sort = params.sortModel.map((one) => `${one.colId}.${one.sort}`).join(',');
        const query = queryOf({ sort, start: params.startRow, end: params.endRow });
        try {
          const response = await fetch(`${ROWS}?${query}`);
          if (!response.ok) throw new Error(response.statusText);
          const { rows, count } = await response.json();
          if (mine !== JSON.stringify(filters)) return;
          complain('');
          rows.forEach((row, i) => indexes.set(row.id, params.startRow + i));
          params.successCallback(rows, count);
          if (count) params.api.hideOverlay();
          else params.api.showNoRowsOverlay();
        } catch {
          params.failCallback();
          complain(window.cetm.words.rows_failed);
        }
      },
    };
  }

  function complain(text) {
    const note = element('table-problem');
    if (!note) return;
    note.textContent = text;
    note.hidden = !text;
  }

  /** Other filters: other rows, from the first on. */
  function filter(chosen) {
    filters = chosen || {};
    const text = JSON.stringify(filters);
    if (text === asked && grid) return;
    asked = text;
    indexes.clear();
    if (grid) grid.setGridOption('datasource', source());
    if (grid) showOpen();
  }

  /* --- sorting ------------------------------------------------------------------------------ */

  function sorted() {
    const by = grid.getColumnState().filter((column) => column.sort);
    return by.map((column) => `${column.colId}.${column.sort}`).join(',');
  }

  function sortAs(text) {
    if (!grid || text === sorted()) return;
    const state = text.split(',').filter(Boolean).map((part) => {
      const [colId, sort] = part.split('.');
      return { colId, sort: sort === 'asc' ? 'asc' : 'desc' };
    });
    grid.applyColumnState({ state, defaultState: { sort: null } });
  }

  /* --- the title that is open ----------------------------------------------------------------- */

  /** The address opened a title, or none. */
  function opened(route) {
    open = route?.site || null;
    mark();
    showOpen();
    return nothing();
  }

  function mark() {
    if (!grid) return;
    grid.forEachNode((node) => {
      const is = Boolean(open) && node.data?.id === open;
      if (node.isSelected() !== is) node.setSelected(is);
    });
  }

  /** Brings the row of the open title into view, wherever it stands among the rows. */
  async function showOpen() {
    if (!grid || !open || !element('drawer')?.classList.contains('open')) return;
    const site = open;
    if (!indexes.has(site)) {
      const response = await fetch(`${ROWS}?${queryOf({ sort: sorted(), of: site })}`);
      const { index } = response.ok ? await response.json() : {};
      if (site !== open || !Number.isInteger(index)) return;
      indexes.set(site, index);
    }
    grid.ensureIndexVisible(indexes.get(site), isSmall.matches ? 'top' : null);
    mark();
  }

  /* --- the menu of downloads ------------------------------------------------------------------ */

  const menu = () => document.querySelector('.download-menu[open]');
  document.addEventListener('click', (event) => {
    const held = event.target.closest('.download-menu > summary, .menu-same')?.parentElement;
    for (const opened of document.querySelectorAll('.download-menu[open]')) {
      if (!opened.contains(held || null)) opened.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu()) return;
    menu().querySelector('summary').focus();
    menu().open = false;
  });

  /* --- how the grid looks --------------------------------------------------------------------- */

  const h = (...given) => window.React.createElement(...given);

  /** Sign and word of a tier, and the sign of a title that was not fully screened. */
  function tierCell({ data }) {
    if (!data) return h('span', { className: 'waiting-cell' });
    return h(
      'span', { className: 'tier-cell' },
      h('span', { className: `sign sign-${data.sign}`, 'aria-hidden': 'true' }),
      h('span', null, data.tier),
      data.partly && h('span', {
        className: `sign sign-${data.partly_sign}`, role: 'img',
        'aria-label': data.partly, title: data.partly,
      }),
    );
  }

  const functions = (window.dashAgGridFunctions ||= {});
  functions.cetmTheme = (theme) => theme.withParams({
    fontFamily: 'var(--sans)', headerFontFamily: 'var(--sans)', fontSize: 14, headerFontSize: 13,
    headerFontWeight: 600, headerTextColor: 'var(--ink-2)', foregroundColor: 'var(--ink)',
    textColor: 'var(--ink)', backgroundColor: 'var(--panel)', headerBackgroundColor: 'var(--panel)',
    chromeBackgroundColor: 'var(--panel)', borderColor: 'var(--line)',
    headerRowBorder: { color: 'var(--line-2)' }, rowBorder: { color: 'var(--line)' },
    rowHoverColor: 'var(--wash)', selectedRowBackgroundColor: 'var(--accent-wash)',
    accentColor: 'var(--accent)', rowHeight: isSmall.matches ? 44 : 34,
    headerHeight: isSmall.matches ? 44 : 34, wrapperBorder: false, wrapperBorderRadius: 0,
    cellHorizontalPadding: 11, spacing: 6, headerColumnResizeHandleColor: 'transparent',
    cellTextColor: 'var(--ink)', browserColorScheme: 'inherit',
  });
  functions.cetmFaint = ({ data, colDef }) => Boolean(data?.faint.includes(colDef.field));
  (window.dashAgGridComponentFunctions ||= {}).TitleTier = tierCell;

  window.cetmTable = { filter };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cetm_table: { drawer, begin, opened },
  });
})();
