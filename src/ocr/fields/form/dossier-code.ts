import type { OcrBarcode, OcrFields } from '../../types.ts';
import { type FieldLine, fieldOf } from '../text.ts';
import { type Form, findLabelled } from './labelled.ts';

const CODE_LABELS = [/^ma (so )?(bien nhan |tiep nhan )?ho so/, /^so ho so/, /^so bien nhan/];

/** `{agency}-{yyMMdd}-{ordinal}`: composition of NĐ 61/2018; all generations of agency codes. */
const DOSSIER_CODE = /((?:\d{3}\.\d{2}\.\d{2}\.)?[A-KG]\d{2}(?:\.\d{1,3})*-\d{6}-\d{4,7})/;

/** Agency and date of such a code with too few digits behind them. */
const HALF_CODE = /^(\d{3}\.\d{2}\.\d{2}\.)?[A-KG]\d{2}(\.\d{1,3})+\s*-/;

/** Code of the dossier: of a bar code, behind its label, or by its form anywhere. */
export function findDossierCode(
  form: Form,
  lines: readonly FieldLine[],
  barcodes: readonly OcrBarcode[],
): OcrFields['dossierCode'] {
  for (const code of barcodes) {
    const value = DOSSIER_CODE.exec(code.text)?.[1];
    // A bar code carries its own check digits: nothing to doubt.
    if (value) return { value, confidence: 1, page: code.page, box: code.box };
  }
  const labelled = findLabelled(form, CODE_LABELS, (found) => {
    // A code of the national form is taken whole or not at all: a blank read inside one would leave half of it.
    const whole = DOSSIER_CODE.exec(found.value.replace(/\s+/g, ''))?.[1];
    if (whole) return fieldOf(whole, found.lines, found.words);
    if (HALF_CODE.test(found.value)) return null;
    const value = found.value.replace(/\s*([-.])\s*/g, '$1').split(' ')[0] ?? '';
    const isCode = /^[\w.-]{6,40}$/.test(value) && /\d/.test(value);
    return isCode ? fieldOf(value, found.lines, found.words) : null;
  });
  if (labelled) return labelled;
  for (const [i, line] of lines.entries()) {
    const value = DOSSIER_CODE.exec(line.text.replace(/\s*-\s*/g, '-'))?.[1];
    if (value) return fieldOf(value, [line]);
    // Parted at a hyphen: the next line begins with the rest.
    const next = /-$/.test(line.text) ? lines[i + 1] : undefined;
    const parted = next ? DOSSIER_CODE.exec(`${line.text}${next.text}`)?.[1] : undefined;
    const [last, rest] = [line.words.at(-1), next?.words[0]];
    if (next && parted && last && rest) return fieldOf(parted, [line, next], [last, rest]);
  }
  return null;
}
