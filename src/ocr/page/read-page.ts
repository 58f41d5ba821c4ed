import { flattenBackground, isShaded } from '../image/background.ts';
import { findComponents } from '../image/components.ts';
import { deskew } from '../image/deskew.ts';
import type { Gray } from '../image/gray.ts';
import { giveBack, turnBack } from '../image/gray.ts';
import { IMPULSE_LIMIT, type Prepared, prepare } from '../image/prepare.ts';
import { inkThreshold, isNoise, measureQuality, paperTiles } from '../image/quality.ts';
import { type DecodedPage, decodePage, median3, resize } from '../image/sharp.ts';
import { estimateDpi, levelLines, toWorkingPage, type WorkingPage } from '../image/sheet/working.ts';
import { proofread } from '../proof/proofread.ts';
import { type Box, type OcrWord, type PageReading, type PageSource, READING_DPI } from '../types.ts';
import { findBarcodes } from './barcodes.ts';
import { rereadFaded } from './further/faded.ts';
import { readLetterBoxes } from './further/letter-boxes.ts';
import { type RedPrint, readRedPrint, withRedPrint } from './further/red-print.ts';
import { type PageTransform, photographOf, slantOf, toPageBox, toPageQuad, unionBox } from './geometry.ts';
import { meanConfidence, type Segment, scaleWords } from './lines.ts';
import { orderWords } from './order.ts';
import { findOrientation, type OrientationOracle, shrinkToLookAt } from './orientation.ts';
import type { RawWord, Recognizer } from './tesseract.ts';
import { readUnreadInk } from './unread-ink.ts';
import { rereadWeakLines } from './weak-lines.ts';

/** Scale of the one look at a page of noise. */
const NOISE_LOOK = 0.5;
/** Mean confidence under which an upside-down page is suspected (upright pages: at least 62). */
const DOUBTFUL_CONFIDENCE = 50;

/** Tools of one page worker. */
export interface PageTools {
  recognizer: Recognizer;
  oracle: OrientationOracle;
}

interface Attempt {
  working: WorkingPage;
  rotation: number;
  prepared: Prepared;
  words: RawWord[];
}

/** Words of the whole page, read at `scale` of the picture, in its pixels. */
async function lookFirst({ recognizer }: PageTools, image: Gray, scale: number): Promise<RawWord[]> {
  if (scale === 1) return recognizer.read(image, '11');
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const words = await recognizer.read(await resize(image, width, height), '11');
  return scaleWords(words, scale).map((word) => ({
    ...word,
    x1: Math.min(image.width, word.x1),
    y1: Math.min(image.height, word.y1),
  }));
}

async function attempt(
  tools: PageTools,
  working: WorkingPage,
  rotation: number,
  { slant, scale = 1 }: { slant?: number | undefined; scale?: number } = {},
): Promise<Attempt> {
  const prepared = await prepare(turnBack(working.image, rotation), slant);
  return { working, rotation, prepared, words: await lookFirst(tools, prepared.image, scale) };
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
async function recognizeUpright(tools: PageTools, picture: Gray, asTaken: WorkingPage): Promise<Attempt> {
  // A page of noise takes the recogniser ten times as long as writing: it is read once, coarsely, as it lies.
  if (isNoise(asTaken.image)) return attempt(tools, asTaken, 0, { scale: NOISE_LOOK });
  const asSeen = shrinkToLookAt(asTaken.image);
  const shaded = isShaded(paperTiles(asSeen));
  const evenly = (image: Gray): Gray => (shaded ? flattenBackground(image) : image);
  const small = evenly(asSeen);
  const lie = await findOrientation(evenly(asTaken.image), small, tools.oracle);
  const level = await levelLines(picture, asTaken, small, lie);
  const working = level ?? asTaken;
  const { clockwise: rotation } = lie;
  const first = await attempt(tools, working, rotation, level ? {} : { slant: lie.slant });
  const confidence = meanConfidence(first.words);
  if (first.words.length < FEW_WORDS) return recognizeLittle(tools, working, first);
  if (confidence >= DOUBTFUL_CONFIDENCE) return first;
  const detected = (await tools.oracle.detect(evenly(working.image)))?.clockwise;
  const other = detected === undefined || detected === rotation ? (rotation + 180) % 360 : detected;
  const second = await attempt(tools, working, other);
  return meanConfidence(second.words) > confidence ? second : first;
}

/** A heading, a page number: too little for a profile or the detector to go by, so that every way it may lie is read. */
async function recognizeLittle(tools: PageTools, working: WorkingPage, first: Attempt): Promise<Attempt> {
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
  const words = segment.words.map((word) => {
    const quad = toPageQuad(transform, [word.x0, word.y0, word.x1, word.y1]);
    return {
      text: word.text,
      confidence: Math.min(100, Math.max(0, word.confidence)) / 100,
      box: toPageBox(transform, word.x0, word.y0, word.x1, word.y1),
      ...(quad ? { quad } : {}),
    };
  });
  return { words, box: unionBox(words.map((w) => w.box)) };
}

/** Reads one page image: orientation, treatment, words, lines in reading order, bar codes. */
export async function readPage(source: PageSource, tools: PageTools): Promise<PageReading> {
  const decoded = await decodePage(source.image, source.maxPixels);
  const picture = decoded.gray;
  const dpi = source.dpi ?? estimateDpi(picture);
  const corners = source.mode === 'barcodes' ? null : decoded.corners;
  const workingDpi = READING_DPI[source.quality ?? 'normal'];
  const asTaken = await toWorkingPage(picture, { corners, dpi, workingDpi });
  if (source.mode === 'barcodes') return readBarcodesOnly(picture, dpi, asTaken);
  const { working, rotation, prepared, words } = await recognizeUpright(tools, picture, asTaken);
  const upright = turnBack(working.image, rotation);
  const transform = transformOf(picture, working, rotation, prepared);
  const flat = { ...transform, skewDegrees: 0, preparedWidth: upright.width, preparedHeight: upright.height };
  const red = source.quality === 'fast' ? null : decoded.red;
  const redPrint = red && (await layLike(red, working, rotation, prepared));
  const barcodes = await locateBarcodes(upright, prepared, flat);
  const segments = await readFurther(tools.recognizer, prepared, words, {
    red: redPrint,
    fast: source.quality === 'fast',
    isCode: (word) => isOfCode(toPageBox(transform, word.x0, word.y0, word.x1, word.y1), word, barcodes),
  });
  // Only codes: nothing told how the page lies, and what was read in them is nothing.
  if (segments.length === 0 && barcodes.length > 0 && rotation !== 0 && !working.sheet)
    return { ...(await readBarcodesOnly(picture, dpi, asTaken)), treatment: { blank: false, steps: [] } };
  const lines = proofread(segments.map((segment) => toLine(segment, transform)));
  const { photograph } = transform;
  const skewDegrees = photograph ? slantOf(transform) : prepared.skewDegrees;
  const shape = photograph ? (['rectify'] as const) : working.scale < 1 ? (['scale-down'] as const) : [];
  // Nobody looks at a pixel any more.
  giveBack(picture, prepared.image);
  if (decoded.red) giveBack(decoded.red.redness, decoded.red.green);
  if (redPrint) giveBack(redPrint.redness);
  return {
    width: photograph?.width ?? transform.width,
    height: photograph?.height ?? transform.height,
    dpi,
    rotation,
    skewDegrees: Math.round(skewDegrees * 100) / 100,
    lines,
    barcodes,
    treatment: { blank: lines.length === 0 && barcodes.length === 0, steps: [...shape, ...prepared.steps] },
    ...(photograph
      ? { sheet: { width: transform.width, height: transform.height, toPage: photograph.toPage } }
      : {}),
  };
}

/** The way back from what the recogniser saw to the upright page. */
function transformOf(
  picture: Gray,
  { scale, sheet }: WorkingPage,
  rotation: number,
  { skewDegrees, image }: Prepared,
): PageTransform {
  const whole = sheet ?? picture;
  const sideways = rotation === 90 || rotation === 270;
  const [width, height] = sideways ? [whole.height, whole.width] : [whole.width, whole.height];
  const common = {
    width,
    height,
    scale,
    skewDegrees,
    preparedWidth: image.width,
    preparedHeight: image.height,
  };
  return sheet ? { ...common, photograph: photographOf(sheet, picture, rotation) } : common;
}

/** Bar codes of a page whose text is good as it is. */
async function readBarcodesOnly(
  picture: Gray,
  dpi: number,
  { image, scale }: WorkingPage,
): Promise<PageReading> {
  const { width, height } = picture;
  const paper = paperTiles(image);
  const transform = {
    width,
    height,
    scale,
    skewDegrees: 0,
    preparedWidth: image.width,
    preparedHeight: image.height,
  };
  const barcodes = await locateBarcodes(image, { quality: measureQuality(image, paper), paper }, transform);
  return { width, height, dpi, rotation: 0, skewDegrees: 0, lines: [], barcodes };
}

/** The red of the page as the recogniser sees the rest of it: in working size and shape, upright, level. */
async function layLike(
  red: NonNullable<DecodedPage['red']>,
  working: WorkingPage,
  rotation: number,
  { skewDegrees }: Prepared,
): Promise<RedPrint> {
  const lay = async (image: Gray): Promise<Gray> => {
    const upright = turnBack(await working.lay(image), rotation);
    return skewDegrees === 0 ? upright : deskew(upright, -skewDegrees);
  };
  return { redness: await lay(red.redness), green: () => lay(red.green) };
}

/** Letters from which a word in a code is no chance: its text in small, as printers put it beside the bars. */
const SPELT_OUT = 4;
/** The edge of a code, share of its shorter side: nothing is printed there but bars, and what is surely something else. */
const EDGE = { share: 0.1, confidence: 60 };

/** Whether what was read at `box` are the marks of a bar code, taken for writing. */
function isOfCode(box: Box, { text, confidence }: RawWord, codes: PageReading['barcodes']): boolean {
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  return codes.some((code) => {
    const [x0, y0, x1, y1] = code.box;
    const edge = confidence < EDGE.confidence ? EDGE.share * Math.min(x1 - x0, y1 - y0) : 0;
    const isInside = x > x0 - edge && x < x1 + edge && y > y0 - edge && y < y1 + edge;
    return isInside && !(text.length >= SPELT_OUT && code.text.includes(text));
  });
}

/** Second looks at what the first reading left out or was unsure of; of a fast reading at what was left out alone. */
async function readFurther(
  recognizer: Recognizer,
  prepared: Prepared,
  words: readonly RawWord[],
  { red, fast, isCode }: { red: RedPrint | null; fast: boolean; isCode: (word: RawWord) => boolean },
): Promise<Segment[]> {
  const { words: found, left } = await readUnreadInk(recognizer, prepared, words);
  const complete = found.filter((word) => !isCode(word));
  if (fast) return orderWords(complete, prepared.rulings);
  const boxed = await readLetterBoxes(recognizer, prepared);
  const all = [...complete, ...boxed];
  const printed = red === null ? [] : await readRedPrint(recognizer, red, all);
  const segments = orderWords(withRedPrint(all, printed), prepared.rulings);
  const elsewhere = new Set([...boxed, ...printed]);
  const surer = await rereadWeakLines(recognizer, prepared, segments, elsewhere);
  return rereadFaded(recognizer, prepared, surer, { left, elsewhere });
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
