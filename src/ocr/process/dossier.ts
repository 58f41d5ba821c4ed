import type { PageImage, ReadLine } from '../types.ts';

/** One page of the dossier as the opener saw it. */
export interface DossierPage {
  /** 0-based input file. */
  file: number;
  path: string;
  /** 0-based page of that file. */
  index: number;
  kind: 'pdf' | 'image';
  /** `null`: not declared, or not believable. */
  dpi: number | null;
  /** Size with square pixels of a picture whose own are none. */
  square?: { width: number; height: number };
  /** `keep` a good text layer, `redo` a bad invisible one, `read` a page without. */
  plan: 'keep' | 'redo' | 'read';
  /** The picture that covers an old layer among the images and forms the page paints, from 1; 0: none does. */
  coveredBy: number;
  /** The page shows text whose characters mean something else than is seen. */
  mute: boolean;
}

/** Asks the dossier process to open one file. */
export interface OpenRequest {
  path: string;
  /** 0-based. */
  file: number;
  maxPages: number;
  maxPixels: number;
  redo: boolean;
}

/** Asks for the pixels of a PDF page in `target`: its JPEG where it is nothing else, drawn otherwise (raw rows). */
export interface RenderRequest {
  page: DossierPage;
  target: string;
  /** Dots per inch. */
  dpi: number;
  maxPixels: number;
  /** In colour, for a preview; otherwise the channel that is read. */
  inColour: boolean;
  /** Drawn in any case: its JPEG could not be read. */
  drawn: boolean;
}

/** The pixels of a page, and its text layer when that is kept. */
export interface RenderResult {
  image: PageImage;
  dpi: number;
  layer: { width: number; height: number; lines: ReadLine[] } | null;
}

/** Asks for the searchable PDF in `target`. */
export interface WriteRequest {
  target: string;
  maxPixels: number;
  /** PDF/A-2b. */
  pdfa: boolean | 'if-possible';
}
