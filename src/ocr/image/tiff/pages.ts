/** What each page of a TIFF says of itself, by one walk through its directories: libvips walks anew for every page. */
import { FileBytes, openStreamFile } from '../../file-octets.ts';
import { squareSizeAt } from '../aspect.ts';
import { type ImageFacts, judgeResolution } from '../sharp.ts';
import { readDirectories, TAG, type TiffDirectory } from './directory.ts';

const [NO_UNIT, INCH, CENTIMETRE] = [1, 2, 3];
const MM_PER_INCH = 25.4;
/** Numbers without a sign; a scan has no others. */
const UNSIGNED = 1;

/** Dots per inch as libvips tells them, so that the first page and the others are judged alike. */
function densityOf(page: TiffDirectory): number | undefined {
  const across = page.one(TAG.xResolution);
  if (!(across > 0) || !(page.one(TAG.yResolution) > 0)) return undefined;
  const unit = page.one(TAG.resolutionUnit, INCH);
  const perInch =
    unit === INCH ? 1 : unit === CENTIMETRE ? MM_PER_INCH / 10 : unit === NO_UNIT ? MM_PER_INCH : 0;
  return Math.round(across * perInch);
}

function factsOf(page: TiffDirectory, first: ImageFacts, maxPixels: number): ImageFacts | null {
  const [width, height] = [page.one(TAG.width), page.one(TAG.height)];
  const isScan = page.all(TAG.sampleFormat).every((format) => format === UNSIGNED);
  if (!(width > 0 && height > 0) || width * height > maxPixels || !isScan) return null;
  const told = page.one(TAG.orientation, 1);
  const orientation = told >= 1 && told <= 8 ? told : 1;
  const resolution = { x: page.one(TAG.xResolution), y: page.one(TAG.yResolution) };
  const square = orientation > 4 ? null : squareSizeAt(resolution, { width, height });
  const judged = judgeResolution(densityOf(page), square, { width, height, maxPixels });
  return { format: 'tiff', pages: first.pages, width, height, orientation, ...judged };
}

/** `null`, too, when a value lies beyond the file. */
function soundFactsOf(page: TiffDirectory, first: ImageFacts, maxPixels: number): ImageFacts | null {
  try {
    return factsOf(page, first, maxPixels);
  } catch {
    return null;
  }
}

/**
 * The facts of all pages of a TIFF whose first page is known. A page that is damaged, or no scan, is taken for one like
 * the first: what is wrong with it is told when it is read.
 */
export function readTiffPages(path: string, first: ImageFacts, maxPixels: number): ImageFacts[] {
  const pages: ImageFacts[] = [];
  const file = openStreamFile(path);
  try {
    for (const { at, page } of readDirectories(new FileBytes(file), first.pages)) {
      const facts = pages.length === 0 ? first : soundFactsOf(page, first, maxPixels);
      pages.push({ ...(facts ?? { ...first, square: null }), directory: at });
    }
  } catch {
    // A directory beyond the file ends the walk.
  } finally {
    file.close();
  }
  if (pages.length === 0) pages.push(first);
  while (pages.length < first.pages) pages.push({ ...first, square: null });
  return pages;
}
