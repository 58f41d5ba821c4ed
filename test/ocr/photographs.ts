/** The form of the sample scan as a telephone sees it. */
import { renderSvg } from '../../src/ocr/image/sharp.ts';
import { DEFAULT_APPLICATION, drawApplication, PAGE } from '../../src/ocr/sample-scan/application.ts';
import { loadPen } from '../../src/ocr/sample-scan/pen.ts';
import type { Sheet } from './camera.ts';

/** The form on white paper, A4 at 200 dpi. */
export async function drawForm(): Promise<Sheet> {
  const svg = drawApplication(await loadPen(), { ...DEFAULT_APPLICATION });
  const { width, height } = PAGE;
  return { data: await renderSvg(svg, width, height), width, height };
}
