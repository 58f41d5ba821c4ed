/** Where each kind of signature stands and what it shows (NĐ 30/2020 App. I, Part I II.7–8 and III.1, Part II I.3). */
import { SigningError } from '../errors.ts';
import type { PdfDocument } from '../pdf/syntax/document.ts';
import type { PdfPage } from '../pdf/syntax/pages.ts';
import type { PdfRef, PdfValue } from '../pdf/syntax/values.ts';
import { type Drawing, formXObject, imageDrawing, NOTE_STYLE, textDrawing, wrapText } from './drawing.ts';
import { type Box, MM, uprightMatrix, userRect, within } from './geometry.ts';
import { assertLeaderImage, assertSealImage } from './image/image-rules.ts';
import { decodePng, type RasterImage, statesSize } from './image/png.ts';
import type { Ink } from './ink.ts';
import { drawIssue, type IssueStamp } from './issue.ts';
import { placeNote } from './note.ts';
import { pageCharacters } from './page-text.ts';
import { comparable, type TextLine, textLines } from './text-lines.ts';

/** The kinds of visible signature. */
export type AppearanceProfile = 'plain' | 'leader' | 'agency' | 'copy' | 'appendix' | 'incoming' | 'issue';

/** What the signature shows. */
export interface AppearanceOptions {
  /** Default `plain`: invisible unless a box is given. */
  readonly profile?: AppearanceProfile;
  /** The leader's signature or the agency's seal, PNG with transparency; its pHYs size is taken as real. */
  readonly imagePng?: Uint8Array;
  /** Width of the image in millimetres; wins over what the file states. */
  readonly imageWidthMm?: number;
  /** Number and date given at issue: for the profile `issue`, and put on before any other profile's signature. */
  readonly issue?: IssueStamp;
  /** From 1. Default: the page of the anchor, else the last one; the first for copy, appendix and incoming. */
  readonly page?: number;
  /** x, y, width, height in points on the page as shown, origin lower left. */
  readonly box?: readonly [number, number, number, number];
  /** The signer's name as printed on the page: the leader's image goes between the title above it and the name. */
  readonly anchorName?: string;
  readonly signerName?: string;
  readonly agencyName?: string;
  /** Số, ký hiệu of the main document, for appendices. */
  readonly documentCode?: string;
  /** Default `SAO Y`. */
  readonly copyForm?: 'SAO Y' | 'SAO LỤC' | 'TRÍCH SAO';
  /** Arrival number, and date as it is to be shown. */
  readonly incoming?: { readonly number: string; readonly date: string };
  readonly signingTime: Date;
}

/** Where the leader's signature stands, for the seal over it. */
export interface LeaderPlace {
  readonly pageIndex: number;
  /** On the page as shown; null when that signature is invisible. */
  readonly box: Box | null;
}

/** All that placing needs. */
export interface PlaceRequest {
  readonly document: PdfDocument;
  readonly pages: readonly PdfPage[];
  readonly options: AppearanceOptions;
  /** Shown where the options give no name. */
  readonly defaultName: string;
  readonly leader: LeaderPlace | null;
  /** What the file allows of colours. */
  readonly ink: Ink;
}

/** A placed appearance. */
export interface PlacedAppearance {
  readonly pageIndex: number;
  /** /Rect in default user space. */
  readonly rect: readonly [number, number, number, number];
  /** Writes the appearance stream through `add`. */
  build(add: (value: PdfValue) => PdfRef): PdfRef;
}

/** Seal of a provincial agency: 36 mm; leader's image: 45 by 18 mm where it states no size of its own. */
const SEAL_MM = 36;
/**
 * The width a seal is given because neither its file nor anybody says how large it is; null: its size is known. NĐ 30/2020 App. I
 * II.8a asks for the real size, so whoever signs has to be told.
 * @throws SigningError IMAGE_INVALID, IMAGE_TOO_LARGE
 */
export function assumedSealMm(options: Partial<AppearanceOptions>): number | null {
  const { profile, imagePng, imageWidthMm } = options;
  if (profile !== 'agency' || imagePng === undefined || imageWidthMm !== undefined) return null;
  return statesSize(imagePng) ? null : SEAL_MM;
}

const SIGNATURE_MM: readonly [number, number] = [45, 18];
const NOTE_WIDTH_MM = 75;

/** ISO 8601 with the Vietnamese zone, whole seconds. */
export function vietnamTime(time: Date): string {
  return `${new Date(time.getTime() + 7 * 3_600_000).toISOString().slice(0, 19)}+07:00`;
}

function pageAt(request: PlaceRequest, fallback: number): number {
  const index = request.options.page === undefined ? fallback : request.options.page - 1;
  if (request.pages[index] === undefined) throw new SigningError('PDF_PAGE_NOT_FOUND');
  return index;
}

function pageOf(request: PlaceRequest, index: number): PdfPage {
  const page = request.pages[index];
  if (page === undefined) throw new SigningError('PDF_PAGE_NOT_FOUND');
  return page;
}

function givenBox(options: AppearanceOptions): Box | null {
  if (options.box === undefined) return null;
  const [, , width, height] = options.box;
  if (!options.box.every(Number.isFinite) || width <= 0 || height <= 0) {
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'box' } });
  }
  return options.box;
}

function placed(
  request: PlaceRequest,
  pageIndex: number,
  x: number,
  y: number,
  drawing: Drawing,
): PlacedAppearance {
  const page = pageOf(request, pageIndex);
  const box = within(page, [x, y, drawing.width, drawing.height]);
  return {
    pageIndex,
    rect: userRect(page, box),
    build: (add) => formXObject(drawing, uprightMatrix(page), add, request.ink),
  };
}

interface Anchor {
  readonly pageIndex: number;
  readonly name: TextLine;
  readonly title: TextLine | null;
}

/** The last line that is, or holds, the name: names stand in the text too, the signature at the end. */
function findAnchor(request: PlaceRequest, name: string): Anchor | null {
  const wanted = comparable(name);
  const only = request.options.page === undefined ? null : pageAt(request, 0);
  for (let index = request.pages.length - 1; index >= 0; index -= 1) {
    if (only !== null && index !== only) continue;
    const lines = textLines(pageCharacters(request.document, pageOf(request, index)));
    const holding = lines.filter((line) => comparable(line.text).includes(wanted));
    const found = holding.filter((line) => comparable(line.text) === wanted).at(-1) ?? holding.at(-1);
    if (found === undefined) continue;
    const centre = (found.x0 + found.x1) / 2;
    const above = lines.filter(
      (line) => line.y > found.y + found.size && line.x0 - 20 < centre && centre < line.x1 + 20,
    );
    return { pageIndex: index, name: found, title: above.at(-1) ?? null };
  }
  return null;
}

/** Size in points that keeps the proportions within a room. */
function fitInto(
  width: number,
  height: number,
  roomWidth: number,
  roomHeight: number,
): { width: number; height: number } {
  const scale = Math.min(1, roomWidth / width, roomHeight / height);
  return { width: width * scale, height: height * scale };
}

function naturalSize(image: RasterImage | null, widthMm?: number): { width: number; height: number } {
  if (image !== null && widthMm !== undefined)
    return { width: widthMm * MM, height: (widthMm * MM * image.height) / image.width };
  if (image?.sizeMm != null) return { width: image.sizeMm.width * MM, height: image.sizeMm.height * MM };
  const [width, height] = SIGNATURE_MM;
  return image === null
    ? { width: width * MM, height: height * MM }
    : { width: width * MM, height: (width * MM * image.height) / image.width };
}

function leaderDrawing(
  request: PlaceRequest,
  image: RasterImage | null,
  width: number,
  height: number,
): Drawing {
  if (image !== null) return imageDrawing(image, width, height);
  const name = request.options.signerName ?? request.options.anchorName ?? request.defaultName;
  return textDrawing(
    [name],
    { font: 'chorus', size: 24, color: [22, 52, 158], align: 'center' },
    { width, height },
  );
}

/** II.7d: blue image, transparent, centred between the signer's title and name. */
function placeLeader(request: PlaceRequest): PlacedAppearance {
  const { options } = request;
  const image = options.imagePng === undefined ? null : decodePng(options.imagePng);
  if (image !== null) assertLeaderImage(image);
  const natural = naturalSize(image, options.imageWidthMm);
  const box = givenBox(options);
  if (box !== null) {
    const size = fitInto(natural.width, natural.height, box[2], box[3]);
    const drawing = leaderDrawing(request, image, size.width, size.height);
    return placed(
      request,
      pageAt(request, request.pages.length - 1),
      box[0] + (box[2] - size.width) / 2,
      box[1] + (box[3] - size.height) / 2,
      drawing,
    );
  }
  const anchor = findAnchor(request, options.anchorName ?? options.signerName ?? request.defaultName);
  if (anchor === null) throw new SigningError('SIGNING_ANCHOR_NOT_FOUND');
  const bottom = anchor.name.y + anchor.name.size * 0.9;
  const top = anchor.title === null ? bottom + natural.height + 8 : anchor.title.y - anchor.title.size * 0.3;
  const room = top - bottom < 14 ? natural.height : top - bottom - 4;
  const size = fitInto(natural.width, natural.height, Number.POSITIVE_INFINITY, room);
  const x = (anchor.name.x0 + anchor.name.x1) / 2 - size.width / 2;
  const y = (top + bottom) / 2 - size.height / 2;
  return placed(request, anchor.pageIndex, x, y, leaderDrawing(request, image, size.width, size.height));
}

/** II.8a: red seal at its real size, over the left third of the leader's image. */
function placeSeal(request: PlaceRequest): PlacedAppearance {
  const { options, leader } = request;
  if (leader === null) throw new SigningError('SIGNING_NO_LEADER_SIGNATURE');
  if (options.imagePng === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'the seal image is missing' } });
  const image = decodePng(options.imagePng);
  const stated = options.imageWidthMm ?? image.sizeMm?.width ?? SEAL_MM;
  assertSealImage(image, stated);
  const width = stated * MM;
  const isOwnSize = options.imageWidthMm === undefined && image.sizeMm !== null;
  const height = isOwnSize ? (image.sizeMm?.height ?? stated) * MM : (width * image.height) / image.width;
  const drawing = imageDrawing(image, width, height);
  const box = givenBox(options);
  if (box !== null) {
    return placed(
      request,
      pageAt(request, leader.pageIndex),
      box[0] + box[2] / 2 - width / 2,
      box[1] + box[3] / 2 - height / 2,
      drawing,
    );
  }
  if (leader.box === null)
    throw new SigningError('SIGNING_OPTION_INVALID', {
      details: { reason: 'the leader signature is invisible, give a box' },
    });
  const [x, y, leaderWidth, leaderHeight] = leader.box;
  return placed(
    request,
    leader.pageIndex,
    x + leaderWidth / 3 - width,
    y + leaderHeight / 2 - height / 2,
    drawing,
  );
}

/** Its lines, and the same said on fewer lines for a page that has little room above its text. */
function noteForms(request: PlaceRequest, profile: 'copy' | 'appendix' | 'incoming'): string[][] {
  const { options } = request;
  const time = `Thời gian ký: ${vietnamTime(options.signingTime)}`;
  const agency = options.agencyName ?? request.defaultName;
  if (profile === 'copy') return [[options.copyForm ?? 'SAO Y', agency, time]];
  if (profile === 'appendix') {
    if (options.documentCode === undefined)
      throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'documentCode' } });
    return [[options.documentCode, time]];
  }
  if (options.incoming === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'incoming' } });
  const { number, date } = options.incoming;
  return [
    [agency, `Số đến: ${number}`, `Ngày đến: ${date}`, time],
    [agency, `Số đến: ${number}; ngày đến: ${date}`, time],
  ];
}

/** Top right corner of the first page, no image, size 10 black. */
function placeNoteOf(request: PlaceRequest, profile: 'copy' | 'appendix' | 'incoming'): PlacedAppearance {
  const index = pageAt(request, 0);
  const page = pageOf(request, index);
  const forms = noteForms(request, profile);
  const box = givenBox(request.options);
  if (box !== null) {
    const lines = (forms[0] ?? []).flatMap((line) => wrapText(line, NOTE_WIDTH_MM * MM, NOTE_STYLE.size));
    const drawing = textDrawing(lines, NOTE_STYLE, { width: box[2], height: box[3] });
    return placed(request, index, box[0], box[1], drawing);
  }
  const note = placeNote(request.document, page, forms);
  if (note === null) throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'no page' } });
  return placed(request, index, note.x, note.y, note.drawing);
}

/** Box 3 and 4 of page 1: what the clerk of the agency gives out is signed by the agency like its seal. */
function placeIssue(request: PlaceRequest): PlacedAppearance {
  const { document, options } = request;
  if (options.issue === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'issue number and date' } });
  const found = drawIssue(document, pageOf(request, 0), options.issue, options.documentCode);
  if (found === null)
    throw new SigningError('SIGNING_OPTION_INVALID', {
      details: { reason: 'number and date are printed already', already: 'printed' },
    });
  return placed(request, 0, found.box[0], found.box[1], found.drawing);
}

/** A plain signature shows itself only where a box is given: the image, or name and time. */
function placePlain(request: PlaceRequest): PlacedAppearance | null {
  const { options } = request;
  const box = givenBox(options);
  if (box === null) return null;
  const index = pageAt(request, request.pages.length - 1);
  if (options.imagePng !== undefined) {
    const image = decodePng(options.imagePng);
    const size = fitInto(image.width * 1000, image.height * 1000, box[2], box[3]);
    return placed(request, index, box[0], box[1], imageDrawing(image, size.width, size.height));
  }
  const lines = [
    `Ký bởi: ${options.signerName ?? request.defaultName}`,
    `Thời gian ký: ${vietnamTime(options.signingTime)}`,
  ];
  return placed(
    request,
    index,
    box[0],
    box[1],
    textDrawing(lines, NOTE_STYLE, { width: box[2], height: box[3] }),
  );
}

/**
 * Places the appearance, or gives null for an invisible signature.
 * @throws SigningError PDF_PAGE_NOT_FOUND, SIGNING_ANCHOR_NOT_FOUND, SIGNING_NO_LEADER_SIGNATURE, SIGNING_OPTION_INVALID,
 *   SIGNING_NUMBER_CONFLICT, IMAGE_INVALID, IMAGE_TOO_LARGE, IMAGE_UNFIT
 */
export function placeAppearance(request: PlaceRequest): PlacedAppearance | null {
  const profile = request.options.profile ?? 'plain';
  if (profile === 'plain') return placePlain(request);
  if (profile === 'leader') return placeLeader(request);
  if (profile === 'agency') return placeSeal(request);
  if (profile === 'issue') return placeIssue(request);
  return placeNoteOf(request, profile);
}
