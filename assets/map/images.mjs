/* Patterns and signs drawn once a theme, so that no picture has to be fetched. */
import { MARKS, isDark, token } from './tokens.mjs';

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
  overlaps: 'M1 1h8v4.500h4.500v8H5.500V9H1Z',
  within_mapping_error: 'M7 1.200 13.200 12.600H.8Z',
  not_fully_screened: 'M7 1.600A5.400 5.400 0 1 1 6.990 1.600Z',
  checked_none: 'M7 1.600A5.400 5.400 0 1 1 6.990 1.600Z',
};

function sign(mark) {
  return picture(22, 22, (pen) => {
    const shape = new Path2D(SHAPES[mark]);
    const line = token(`mark-${mark}-line`);
    pen.translate(4, 4);
    pen.lineJoin = 'round';
    pen.strokeStyle = token('panel');
    pen.lineWidth = 4.2;
    pen.stroke(shape);
    pen.fillStyle = mark === 'overlaps' ? token('mark-overlaps') : token('panel');
    pen.fill(shape);
    pen.strokeStyle = line;
    pen.lineWidth = 1.4;
    pen.setLineDash(mark === 'overlaps' || mark === 'checked_none' ? [] : [2.4, 1.7]);
    pen.stroke(shape);
    pen.setLineDash([]);
    if (mark === 'overlaps') {
      pen.fillStyle = line;
      pen.fillRect(5.5, 5.5, 3.5, 3.5);
    } else if (mark !== 'within_mapping_error') {
      pen.beginPath();
      if (mark === 'checked_none') { pen.moveTo(4.4, 7.2); pen.lineTo(6.2, 9); pen.lineTo(9.6, 5.2); }
      else { pen.moveTo(4, 10.2); pen.lineTo(10.2, 4); }
      pen.stroke();
    }
  });
}

/** Put every picture of the theme in force on the map, over those of the other theme. */
export function installImages(map) {
  const pictures = {
    kba: dots(token('ref-kba')),
    community: upright(token('ref-community')),
    closed: crossed(token('ref-closed')),
    'overlaps-hatch': diagonal(7, isDark() ? 'rgb(60 20 0 / .6)' : 'rgb(255 255 255 / .55)', 1.1),
    'not-screened': diagonal(6, token('mark-not_fully_screened-line'), 1),
    'piece-hatch': diagonal(5, token('ink'), 1.1),
  };
  for (const mark of MARKS) pictures[`sign-${mark}`] = sign(mark);
  for (const [name, data] of Object.entries(pictures)) {
    if (map.hasImage(name)) map.updateImage(name, data);
    else map.addImage(name, data, { pixelRatio: RATIO });
  }
}
