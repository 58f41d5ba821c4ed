import { findComponents } from '../image/components.ts';
import type { Gray } from '../image/gray.ts';
import { turnBack } from '../image/gray.ts';
import { IMPULSE_LIMIT, type Prepared, prepare } from '../image/prepare.ts';
import { inkThreshold, isNoise, measureQuality, paperTiles } from '../image/quality.ts';
import { type DecodedPage, decodePage, median3, resize, rotate } from '../image/sharp.ts';
import { proofread } from '../proof/proofread.ts';
import { type OcrWord, type PageReading, type PageSource, READING_DPI } from '../types.ts';
import { findBarcodes } from './barcodes.ts';
import { readLetterBoxes } from './further/letter-boxes.ts';
import { type RedPrint, readRedPrint, withRedPrint } from './further/red-print.ts';
import { type PageTransform, toPageBox, unionBox } from './geometry.ts';
import type { Segment } from './lines.ts';
import { orderWords } from './order.ts';
import { findOrientation, type OrientationOracle } from './orientation.ts';
import type { RawWord, Recognizer } from './tesseract.ts';
import { readUnreadInk } from './unread-ink.ts';
import { rereadWeakLines } from './weak-lines.ts';

/** Scale of the one look at a page of noise. */
const NOISE_LOOK = 0.5;
/** Pixels worked on at most: A2 at 200 dpi; larger sheets are read coarser. */
const WORKING_PIXELS = 16_000_000;
const A4_LONG_SIDE_INCHES = 11.69;
/** Mean confidence under which an upside-down page is suspected (upright pages: at least 62). */
const DOUBTFUL_CONFIDENCE = 50;

/** Tools of one page worker. */
export interface PageTools {
  recognizer: Recognizer;
  oracle: OrientationOracle;
}

function estimateDpi(image: Gray): number {
  return Math.max(72, Math.round(Math.max(image.width, image.height) / A4_LONG_SIDE_INCHES));
}

/** Brings the page down to working resolution; never up. */
async function toWorkingSize(
  image: Gray,
  dpi: number,
  workingDpi: number,
): Promise<{ image: Gray; scale: number }> {
  const fits = Math.sqrt(WORKING_PIXELS / (image.width * image.height));
  const scale = Math.min(dpi <= workingDpi * 1.15 ? 1 : workingDpi / dpi, fits);
  if (scale >= 1) return { image, scale: 1 };
  const width = Math.max(1, Math.round(image.width * scale));
  return { image: await resize(image, width, Math.max(1, Math.round(image.height * scale))), scale };
}

function meanConfidence(words: readonly RawWord[]): number {
  let sum = 0;
  let letters = 0;
  for (const word of words) {
    sum += word.confidence * word.text.length;
    letters += word.text.length;
  }
  return letters === 0 ? 0 : sum / letters;
}

/** The page as it lies, at working resolution. */
interface Working {
  image: Gray;
  dpi: number;
}

interface Attempt {
  rotation: number;
  prepared: Prepared;
  words: RawWord[];
}

/** Words of the whole page, read at `scale` of the picture, in its pixels. */
async function lookFirst({ recognizer }: PageTools, image: Gray, scale: number): Promise<RawWord[]> {
  if (scale === 1) return recognizer.read(image, '11');
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const words = await recognizer.read(await resize(image, width, height), '11');
  return words.map((word) => ({
    ...word,
    x0: Math.floor(word.x0 / scale),
    y0: Math.floor(word.y0 / scale),
    x1: Math.min(image.width, Math.ceil(word.x1 / scale)),
    y1: Math.min(image.height, Math.ceil(word.y1 / scale)),
    baseline: word.baseline / scale,
    rowHeight: word.rowHeight / scale,
  }));
}

async function attempt(
  tools: PageTools,
  working: Working,
  rotation: number,
  { slant, scale = 1 }: { slant?: number | undefined; scale?: number } = {},
): Promise<Attempt> {
  const prepared = await prepare(turnBack(working.image, rotation), slant);
  return { rotation, prepared, words: await lookFirst(tools, prepared.image, scale) };
}

/** Words from which a page has lines enough to tell by them how it lies. */
const FEW_WORDS = 30;
/** Up to so many words may be the letters of two or three seen upside down. */
const VERY_FEW_WORDS = 12;
/** Mean confidence from which even a word or two are believed to stand upright (upside down: 40 at most). */
const SURE_CONFIDENCE = 75;
/** Height of what may be a letter, pixels at 200 dpi; lower is a speck. */
const LETTER_HEIGHT = { min: 14, max: 250 };

/** Whether anything on the page may be writing: a blank one is not read three times more. */
function hasMarks({ image }: Prepared): boolean {
  return findComponents(image, inkThreshold(image)).some((c) => {
    const height = c.y1 - c.y0;
    return height >= LETTER_HEIGHT.min && height <= LETTER_HEIGHT.max && c.area >= height;
  });
}

/** Reads upright text; when the words come out poor, tries the page as the detector sees it, or the other way up. */
async function recognizeUpright(tools: PageTools, working: Working): Promise<Attempt> {
  // A page of noise takes the recogniser ten times as long as writing: it is read once, coarsely, as it lies.
  if (isNoise(working.image)) return attempt(tools, working, 0, { scale: NOISE_LOOK });
  const { clockwise: rotation, slant } = await findOrientation(working.image, tools.oracle);
  const first = await attempt(tools, working, rotation, { slant });
  const confidence = meanConfidence(first.words);
  if (first.words.length < FEW_WORDS) return recognizeLittle(tools, working, first);
  if (confidence >= DOUBTFUL_CONFIDENCE) return first;
  const detected = (await tools.oracle.detect(working.image))?.clockwise;
  const other = detected === undefined || detected === rotation ? (rotation + 180) % 360 : detected;
  const second = await attempt(tools, working, other);
  return meanConfidence(second.words) > confidence ? second : first;
}

/** A heading, a page number: too little for a profile or the detector to go by, so that every way it may lie is read. */
async function recognizeLittle(tools: PageTools, working: Working, first: Attempt): Promise<Attempt> {
  const enough = first.words.length < VERY_FEW_WORDS ? SURE_CONFIDENCE : DOUBTFUL_CONFIDENCE;
  let best = first;
  if (meanConfidence(best.words) >= enough || !hasMarks(first.prepared)) return best;
  for (const rotation of [0, 180, 90, 270].filter((angle) => angle !== first.rotation)) {
    const other = await attempt(tools, working, rotation);
    if (meanConfidence(other.words) > meanConfidence(best.words)) best = other;
    if (meanConfidence(best.words) >= enough) break;
  }
  return best;
}

function toLine(
  segment: Segment,
  transform: PageTransform,
): { words: OcrWord[]; box: [number, number, number, number] } {
  const words = segment.words.map((word) => ({
    text: word.text,
    confidence: Math.round(Math.min(100, Math.max(0, word.confidence))) / 100,
    box: toPageBox(transform, word.x0, word.y0, word.x1, word.y1),
  }));
  return { words, box: unionBox(words.map((w) => w.box)) };
}

/** Reads one page image: orientation, treatment, words, lines in reading order, bar codes. */
export async function readPage(source: PageSource, tools: PageTools): Promise<PageReading> {
  const { gray: decoded, red } = await decodePage(source.image, source.maxPixels);
  const dpi = source.dpi ?? estimateDpi(decoded);
  const { image: working, scale } = await toWorkingSize(
    decoded,
    dpi,
    READING_DPI[source.quality ?? 'normal'],
  );
  if (source.mode === 'barcodes') {
    const { width, height } = decoded;
    const paper = paperTiles(working);
    const transform = {
      width,
      height,
      scale,
      skewDegrees: 0,
      preparedWidth: working.width,
      preparedHeight: working.height,
    };
    return {
      width,
      height,
      dpi,
      rotation: 0,
      skewDegrees: 0,
      lines: [],
      barcodes: await locateBarcodes(working, { quality: measureQuality(working, paper), paper }, transform),
    };
  }
  const { rotation, prepared, words } = await recognizeUpright(tools, { image: working, dpi: dpi * scale });
  const sideways = rotation === 90 || rotation === 270;
  const [width, height] = sideways ? [decoded.height, decoded.width] : [decoded.width, decoded.height];
  const upright = turnBack(working, rotation);
  const transform: PageTransform = {
    width,
    height,
    scale,
    skewDegrees: prepared.skewDegrees,
    preparedWidth: prepared.image.width,
    preparedHeight: prepared.image.height,
  };
  const flat = { ...transform, skewDegrees: 0, preparedWidth: upright.width, preparedHeight: upright.height };
  const redPrint =
    red === null || source.quality === 'fast' ? null : await layLike(red, working, rotation, prepared);
  const segments = await readFurther(tools.recognizer, prepared, words, redPrint, source.quality === 'fast');
  const lines = proofread(segments.map((segment) => toLine(segment, transform)));
  return {
    width,
    height,
    dpi,
    rotation,
    skewDegrees: Math.round(prepared.skewDegrees * 100) / 100,
    lines,
    barcodes: await locateBarcodes(upright, prepared, flat),
    treatment: {
      blank: lines.length === 0,
      steps: [...(scale < 1 ? (['scale-down'] as const) : []), ...prepared.steps],
    },
  };
}

/** The red of the page as the recogniser sees the rest of it: in working size, upright, level. */
async function layLike(
  red: NonNullable<DecodedPage['red']>,
  working: Gray,
  rotation: number,
  { skewDegrees }: Prepared,
): Promise<RedPrint> {
  const lay = async (image: Gray): Promise<Gray> => {
    const small = image.width === working.width ? image : await resize(image, working.width, working.height);
    const upright = turnBack(small, rotation);
    return skewDegrees === 0 ? upright : rotate(upright, -skewDegrees);
  };
  return { redness: await lay(red.redness), green: await lay(red.green) };
}

/** Second looks at what the first reading left out or was unsure of; a fast reading has none. */
async function readFurther(
  recognizer: Recognizer,
  prepared: Prepared,
  words: readonly RawWord[],
  red: RedPrint | null,
  fast: boolean,
): Promise<Segment[]> {
  if (fast) return orderWords(words, prepared.rulings);
  const complete = await readUnreadInk(recognizer, prepared, words);
  const boxed = await readLetterBoxes(recognizer, prepared);
  const all = [...complete, ...boxed];
  const printed = red === null ? [] : await readRedPrint(recognizer, red, all);
  const segments = orderWords(withRedPrint(all, printed), prepared.rulings);
  return rereadWeakLines(recognizer, prepared, segments, new Set([...boxed, ...printed]));
}

/** Bar codes of the page as it was scanned; only salt and pepper hides them, so only that is taken away. */
async function locateBarcodes(
  image: Gray,
  { quality, paper }: Pick<Prepared, 'quality' | 'paper'>,
  transform: PageTransform,
): Promise<PageReading['barcodes']> {
  let codes = await findBarcodes(image, paper);
  if (codes.length === 0 && quality.impulse > IMPULSE_LIMIT) codes = await findBarcodes(await median3(image));
  return codes.map(({ format, text, x0, y0, x1, y1 }) => ({
    format,
    text,
    box: toPageBox(transform, x0, y0, x1, y1),
  }));
}
