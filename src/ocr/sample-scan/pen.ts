import { readFile } from 'node:fs/promises';
import fontkit from '@pdf-lib/fontkit';

/** Draws text as glyph outlines, so that no font has to be installed on the machine. */
export interface Pen {
  /** SVG path of a line of text; `x` is the left end (or centre) of the base line, pixels. */
  line(text: string, x: number, y: number, options: PenOptions): string;
  /** Width of a text in pixels. */
  width(text: string, options: PenOptions): number;
}

/** Look of a line. */
export interface PenOptions {
  /** Font size in pixels. */
  size: number;
  bold?: boolean;
  align?: 'left' | 'center';
  color?: string;
}

interface OutlineFont {
  unitsPerEm: number;
  layout(text: string): {
    glyphs: { path: { toSVG(): string } }[];
    positions: { xAdvance: number; xOffset: number; yOffset: number }[];
    advanceWidth: number;
  };
}

async function loadFont(name: string): Promise<OutlineFont> {
  const bytes = await readFile(new URL(`./fonts/${name}`, import.meta.url));
  return fontkit.create(bytes) as unknown as OutlineFont;
}

/** Loads TeX Gyre Termes (Times metrics, all Vietnamese letters; see fonts/LICENSE.txt). */
export async function loadPen(): Promise<Pen> {
  const regular = await loadFont('texgyretermes-regular.otf');
  const bold = await loadFont('texgyretermes-bold.otf');
  const layout = (text: string, options: PenOptions) => {
    const font = options.bold ? bold : regular;
    return { run: font.layout(text.normalize('NFC')), scale: options.size / font.unitsPerEm };
  };
  const width = (text: string, options: PenOptions): number => {
    const { run, scale } = layout(text, options);
    return run.advanceWidth * scale;
  };
  return {
    width,
    line(text, x, y, options) {
      const { run, scale } = layout(text, options);
      let at = options.align === 'center' ? x - (run.advanceWidth * scale) / 2 : x;
      const paths = run.glyphs.map((glyph, i) => {
        const position = run.positions[i];
        const left = at + (position?.xOffset ?? 0) * scale;
        const top = y - (position?.yOffset ?? 0) * scale;
        at += (position?.xAdvance ?? 0) * scale;
        const outline = glyph.path.toSVG();
        if (outline === '') return '';
        return `<path d="${outline}" transform="matrix(${scale} 0 0 ${-scale} ${left.toFixed(3)} ${top.toFixed(3)})"/>`;
      });
      return `<g fill="${options.color ?? '#1a1a1e'}">${paths.join('')}</g>`;
    },
  };
}
