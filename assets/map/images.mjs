/* Patterns and signs drawn once a theme, so that no picture has to be fetched. */
import { TIERS, UNKNOWN, isDark, token } from './tokens.mjs';

const RATIO = 2;

function picture(width, height, paint) {
  const canvas = document.createElement('canvas');
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  const pen = canvas.getContext('2d');
  pen.scale(RATIO, RATIO);
  paint(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

const dots = (colour) => picture(8, 8, (pen) => {
  pen.fillStyle = colour;
  for (const at of [2, 6]) {
    pen.beginPath();
    pen.arc(at, at, 0.95, 0, 7);
    pen.fill();
  }
});

const upright = (colour) => picture(5, 5, (pen) => {
  pen.fillStyle = colour;
  pen.fillRect(1.8, 0, 1, 5);
});

const diagonal = (size, colour, width) => picture(size, size, (pen) => {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
  }
  pen.stroke();
});

const crossed = (colour) => picture(8, 8, (pen) => {
  pen.strokeStyle = colour;
  pen.lineWidth = 0.8;
  pen.beginPath();
  pen.moveTo(0, 8); pen.lineTo(8, 0);
  pen.moveTo(0, 0); pen.lineTo(8, 8);
  pen.stroke();
});

const SHAPES = {
  critical: 'M7 .4 13.6 7 7 13.6.4 7Z',
  high: 'M7 1 13.4 12.4H.6Z',
  moderate: 'M1.6 1.6h10.8v10.8H1.600Z',
  not_fully_screened: 'M7 1.600A5.400 5.400 0 1 1 6.990 1.600Z',
  info: 'M7 3A4 4 0 1 1 6.990 3Z',
  clear: 'M7 1.600A5.400 5.400 0 1 1 6.990 1.600Z',
};
const HOLLOW = ['not_fully_screened', 'clear'];

/** A tier's sign; its edge is dashed where the title was not fully screened. */
function sign(tier, partly) {
  return picture(22, 22, (pen) => {
    const shape = new Path2D(SHAPES[tier]);
    pen.translate(4, 4);
    pen.lineJoin = 'round';
    pen.strokeStyle = token('panel');
    pen.lineWidth = 4.2;
    pen.stroke(shape);
    pen.fillStyle = HOLLOW.includes(tier) ? token('panel') : token(`tier-${tier}`);
    pen.fill(shape);
    pen.strokeStyle = token(`tier-${tier}-line`);
    pen.lineWidth = 1.4;
    pen.setLineDash(partly ? [2.4, 1.7] : []);
    pen.stroke(shape);
    pen.setLineDash([]);
    if (!HOLLOW.includes(tier)) return;
    pen.beginPath();
    if (tier === 'clear') { pen.moveTo(4.4, 7.2); pen.lineTo(6.2, 9); pen.lineTo(9.6, 5.2); }
    else { pen.moveTo(4, 10.2); pen.lineTo(10.2, 4); }
    pen.stroke();
  });
}

/** Put every picture of the theme in force on the map, over those of the other theme. */
export function installImages(map) {
  const pictures = {
    kba: dots(token('ref-kba')),
    community: upright(token('ref-community')),
    closed: crossed(token('ref-closed')),
    'critical-hatch': diagonal(7, isDark() ? 'rgb(70 10 35 / .6)' : 'rgb(255 255 255 / .5)', 1.1),
    'not-screened': diagonal(6, token('tier-not_fully_screened'), 1),
    'piece-hatch': diagonal(5, token('ink'), 1.1),
  };
  for (const tier of TIERS) {
    pictures[`sign-${tier}`] = sign(tier, tier === UNKNOWN);
    pictures[`sign-${tier}-partly`] = sign(tier, true);
  }
  for (const [name, data] of Object.entries(pictures)) {
    if (map.hasImage(name)) map.updateImage(name, data);
    else map.addImage(name, data, { pixelRatio: RATIO });
  }
}
