/**
 * From a checked reading to a digitised copy: metadata in the names of NĐ 30/2020 App. VI, a file name after
 * 7197/BKHCN-CDSQG, and the lineage of every value.
 */
import type { OcrField, OcrResult } from '../../ocr/index.ts';
import type { Fault } from '../exchange/index.ts';
import type { OcrCorrectionRow, OcrJobRow } from '../store/index.ts';

/** What the clerk adds to, or puts in place of, what was read. */
export interface CopyWishes {
  /** `MCQ_LV_STT_PB`: agency, field, ordinal, version: `G09.01_CV_000021_V1`. */
  readonly docCode: string;
  /** Metadata by its name in App. VI; wins over what was read. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A digitised copy, ready to be signed. */
export interface DigitisedCopy {
  /** `CODE_YYYYMMDD_DESC.pdf`. */
  readonly fileName: string;
  readonly metadata: Readonly<Record<string, string | number>>;
  readonly lineage: Lineage;
}

/** Where a copy comes from. */
export interface Lineage {
  readonly derivedFrom: readonly { readonly name: string; readonly sha256: string }[];
  readonly engine: string | null;
  readonly corrections: readonly {
    readonly at: string;
    readonly by: string;
    readonly field: string | null;
    readonly page: number | null;
    readonly word: number | null;
    readonly was: string | null;
    readonly value: string;
  }[];
}

/** Longest values, in characters (NĐ 30/2020 App. VI Part II; 7197/BKHCN-CDSQG for DocCode). */
const LENGTHS: Readonly<Record<string, number>> = {
  DocCode: 30,
  TypeName: 100,
  CodeNumber: 11,
  CodeNotation: 30,
  IssuedDate: 10,
  OrganName: 200,
  Subject: 500,
};
const OPTIONAL: Readonly<Record<string, number>> = { Position: 100, FullName: 50, Place: 50, Language: 30 };
const DOC_CODE = /^[A-Z0-9]+(\.[A-Z0-9]+)*_[A-Z0-9]+_\d{1,10}_V\d{1,3}$/;
/** Longest description in a file name, characters. */
const DESCRIPTION = 60;

/** Where the copy's lineage begins and what happened since. */
export function lineageOf(job: OcrJobRow, corrections: readonly OcrCorrectionRow[]): Lineage {
  const inputs = JSON.parse(job.inputs) as { name: string; sha256: string }[];
  return {
    derivedFrom: inputs.map(({ name, sha256 }) => ({ name, sha256 })),
    engine: job.engine,
    corrections: corrections.map(({ at, actor, field, page, word, was, value }) => ({
      at: new Date(at).toISOString(),
      by: actor,
      field,
      page,
      word,
      was,
      value,
    })),
  };
}

function textOf(field: OcrField | null): string {
  return field?.value ?? '';
}

/** Letters and digits of ASCII, words joined by hyphens: `Thông báo số 5` → `Thong-bao-so-5`. */
function describe(text: string): string {
  const plain = text.replace(/đ/g, 'd').replace(/Đ/g, 'D').normalize('NFD').replace(/\p{M}/gu, '');
  return plain
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, DESCRIPTION)
    .replace(/-+$/, '');
}

function faultOf(path: string, vi: string, en: string): Fault {
  return { code: `N.${path}`, path, vi, en };
}

/** Makes the copy's name and metadata, or says what is missing or too long. */
export function buildCopy(
  job: OcrJobRow,
  result: OcrResult,
  corrections: readonly OcrCorrectionRow[],
  wishes: CopyWishes,
): DigitisedCopy | { readonly faults: readonly Fault[] } {
  const { fields } = result;
  const read: Record<string, string> = {
    DocCode: wishes.docCode,
    TypeName: textOf(fields.typeName),
    CodeNumber: textOf(fields.codeNumber),
    CodeNotation: textOf(fields.codeNotation),
    IssuedDate: textOf(fields.promulgationDate),
    OrganName: textOf(fields.issuingAgency),
    Subject: textOf(fields.subject),
    Position: textOf(fields.signerPosition),
    FullName: textOf(fields.signerName),
    Place: textOf(fields.place),
    Language: 'Tiếng Việt',
  };
  const known = { ...LENGTHS, ...OPTIONAL };
  const given = Object.entries(wishes.metadata).filter(([name]) => name in known && name !== 'DocCode');
  const all: Record<string, string> = { ...read, ...Object.fromEntries(given) };
  const faults: Fault[] = [];
  if (!DOC_CODE.test(wishes.docCode))
    faults.push(
      faultOf(
        'docCode',
        'Mã tài liệu có dạng MCQ_LV_STT_PB, ví dụ G09.01_CV_000021_V1.',
        'A document code looks like G09.01_CV_000021_V1.',
      ),
    );
  for (const [name, most] of Object.entries(known)) {
    const value = all[name] ?? '';
    if (value === '' && name in LENGTHS)
      faults.push(faultOf(`metadata.${name}`, 'Chưa đọc được; hãy điền.', 'It was not read; fill it in.'));
    if ([...value].length > most)
      faults.push(faultOf(`metadata.${name}`, `Dài quá ${most} ký tự.`, `Longer than ${most} characters.`));
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(all['IssuedDate'] ?? '') && all['IssuedDate'] !== '')
    faults.push(faultOf('metadata.IssuedDate', 'Ngày có dạng yyyy-MM-dd.', 'A date is yyyy-MM-dd.'));
  if (faults.length > 0) return { faults };
  const day = (all['IssuedDate'] as string).replace(/-/g, '');
  const metadata = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  return {
    fileName: `${wishes.docCode}_${day}_${describe(`${all['TypeName']} ${all['Subject']}`)}.pdf`,
    metadata: { ...metadata, PageAmount: result.pages.length },
    lineage: lineageOf(job, corrections),
  };
}
