/* Letters on the map. The engine asks for a file as soon as a letter of its range is drawn, draws
   whole syllables with it (Khmer, Burmese, Devanagari) and joins and turns Arabic itself; letters of
   no file here come from the fonts of the reader's device. */
import { token } from './tokens.mjs';

const LATIN = [
  'U+0-FF', 'U+131', 'U+152-153', 'U+2BB-2BC', 'U+2C6', 'U+2DA', 'U+2DC', 'U+2000-200B',
  'U+2010-206F', 'U+20AC', 'U+2122', 'U+2191', 'U+2193', 'U+2212', 'U+2215', 'U+FEFF', 'U+FFFD',
];
const RANGES = {
  latin: LATIN,
  'latin-ext': [
    'U+100-101', 'U+104-10F', 'U+112-127', 'U+12A-167', 'U+16A-19F', 'U+1A2-1AE', 'U+1B1-2BA',
    'U+2BD-2C5', 'U+2C7-2D9', 'U+2DB', 'U+2DD-2FF', 'U+1E00-1E9F', 'U+1EF2-1EFF', 'U+2C60-2C7F',
  ],
  vietnamese: [
    'U+102-103', 'U+110-111', 'U+128-129', 'U+168-169', 'U+1A0-1A1', 'U+1AF-1B0', 'U+1EA0-1EF1',
  ],
  cyrillic: ['U+400-45F', 'U+490-491', 'U+4B0-4B1', 'U+2116'],
  'cyrillic-ext': ['U+460-48F', 'U+492-4AF', 'U+4B2-52F', 'U+1C80-1C8A'],
};
const KHMER = ['U+1780-17FF', 'U+19E0-19FF', 'U+200C-200D', 'U+25CC'];

/** The style's `font-faces`: the same files as the page's. */
export function fontFaces(config) {
  const base = config.ground?.fonts;
  if (!base) return {};
  const face = (file, range) => ({
    url: new URL(`${base}${file}-wght-normal.woff2`, window.location.href).href, 'unicode-range': range,
  });
  const khmer = face('noto-sans-khmer-khmer', KHMER);
  const family = (name) => [
    ...Object.entries(RANGES).map(([part, range]) => face(`${name}-${part}`, range)), khmer,
  ];
  return { 'CETM Map': family('source-sans-3'), 'CETM Map Serif': family('source-serif-4') };
}

export const halo = (width = 1.5, ground = 'map-land') => ({
  'text-halo-color': token(ground), 'text-halo-width': width,
});

/** Capitals set wide, for what is large and far away: countries, provinces. */
export const WIDE = { 'text-transform': 'uppercase', 'text-letter-spacing': 0.14, 'text-max-width': 7 };
