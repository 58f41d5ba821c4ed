/** Fields of the kit against the fields of the product. */
import type { OcrFields } from '../../../src/ocr/index.ts';
import type { CaseOutcome, KitRun } from '../kit.ts';
import { FIELD_F1, GROUPS, type Group, type KitDocument, percent } from './kit-files.ts';
import { normalize } from './score.ts';

type Values = Readonly<Record<string, string | readonly string[] | null>>;

function textOf(fields: OcrFields, name: keyof OcrFields): string | null {
  const value = fields[name]?.value;
  return typeof value === 'string' ? value : null;
}

function listOf(fields: OcrFields, name: 'recipients' | 'addressees'): readonly string[] {
  return fields[name]?.value ?? [];
}

/** What the product found, under the kit's names. */
function found(fields: OcrFields): Values {
  const number = textOf(fields, 'codeNumber');
  const notation = textOf(fields, 'codeNotation');
  return {
    loai_van_ban: textOf(fields, 'typeName'),
    co_quan_chu_quan: textOf(fields, 'superiorAgency'),
    co_quan_ban_hanh: textOf(fields, 'issuingAgency'),
    so_ky_hieu: notation === null ? number : `${number ?? ''}/${notation}`,
    dia_danh: textOf(fields, 'place'),
    ngay_ban_hanh: textOf(fields, 'promulgationDate'),
    trich_yeu: textOf(fields, 'subject'),
    quyen_han: textOf(fields, 'signerCompetence'),
    chuc_vu: textOf(fields, 'signerPosition'),
    nguoi_ky: textOf(fields, 'signerName'),
    noi_nhan: listOf(fields, 'recipients'),
    kinh_gui: listOf(fields, 'addressees'),
    ma_ho_so: textOf(fields, 'dossierCode'),
    nguoi_nop: textOf(fields, 'applicantName'),
    so_cccd: textOf(fields, 'identityNumber'),
    ngay_sinh: textOf(fields, 'dateOfBirth'),
    thuong_tru: textOf(fields, 'permanentAddress'),
    dien_thoai: textOf(fields, 'phoneNumber'),
  };
}

/** Fields of forms under the one name they have here. */
const FORM_NAMES: Readonly<Record<string, string>> = {
  ho_ten: 'nguoi_nop',
  dia_chi: 'thuong_tru',
  lien_he: 'dien_thoai',
};
const PERSONAL = ['ma_ho_so', 'nguoi_nop', 'so_cccd', 'ngay_sinh', 'thuong_tru', 'dien_thoai'];

function formValue(name: string, value: string): string {
  if (name === 'nguoi_nop') return value.replace(/^(Ông|Bà) /, '');
  if (name === 'ngay_sinh') return value.split('/').reverse().join('-');
  return name === 'dien_thoai' ? (value.split('/')[0] ?? '').replace(/\D/g, '') : value;
}

/** What the kit expects of the fields the product has; a form field the kit does not name must be `null`. */
function expected(document: KitDocument): Values {
  const { fields } = document;
  const form = Object.fromEntries(
    Object.entries(fields.truong_bieu_mau ?? {}).map(([key, value]) => {
      const name = FORM_NAMES[key] ?? key;
      return [name, formValue(name, value)];
    }),
  );
  const names = Object.keys(found({} as OcrFields));
  return Object.fromEntries(
    names.map((name) => [
      name,
      (PERSONAL.includes(name) ? form[name] : (fields[name] as string | readonly string[])) ?? null,
    ]),
  );
}

/** Keys of the kit that no field of `lienthong ocr --out-json` carries. */
export function unjudged(document: KitDocument): string[] {
  const names = new Set(Object.keys(found({} as OcrFields)));
  const { truong_bieu_mau: form = {}, ...rest } = document.fields;
  const known = /^(viet_tay|ma_vach)$/;
  return [
    ...Object.keys(rest).filter((key) => !names.has(key) && !known.test(key)),
    ...Object.keys(form).filter((key) => !names.has(FORM_NAMES[key] ?? key)),
  ];
}

function comparable(value: string): string {
  return normalize(value)
    .toLowerCase()
    .replace(/[.;,:]+$/, '');
}

/** Right, missed and wrong of one field. */
interface Count {
  right: number;
  missed: number;
  wrong: number;
}

function compare(want: Values[string], got: Values[string]): Count {
  const wanted = [want ?? []].flat().map(comparable);
  const given = [got ?? []].flat().map(comparable);
  const right = wanted.filter((item) => given.includes(item)).length;
  return { right, missed: wanted.length - right, wrong: Math.max(0, given.length - right) };
}

/** Hand-set parts: `so` is the number, `ngay` the date. */
const HAND_SET: Readonly<Record<string, string>> = { so: 'so_ky_hieu', ngay: 'ngay_ban_hanh' };

/** Counts of a group of pages, for its F1. */
export type FieldCounts = Record<Group, Count>;

/** Counts of nothing. */
export function noCounts(): FieldCounts {
  const zero = (): Count => ({ right: 0, missed: 0, wrong: 0 });
  return { clean: zero(), scan: zero(), hard: zero() };
}

function show(value: Values[string]): string {
  if (value === null || value === undefined || value.length === 0) return 'null';
  return typeof value === 'string' ? value : value.join(' | ');
}

/** One case per field that is there or was given, for one document read. Adds to `counts`. */
export function judgeFields(
  file: string,
  group: Group,
  document: KitDocument,
  fields: OcrFields,
  counts: FieldCounts,
): CaseOutcome[] {
  const want = expected(document);
  const got = found(fields);
  const handSet = (document.fields.viet_tay ?? []).map((part) => HAND_SET[part]);
  return Object.keys(want).flatMap((name) => {
    const count = compare(want[name] ?? null, got[name] ?? null);
    if (count.right + count.missed + count.wrong === 0) return [];
    const byHand = handSet.includes(name);
    if (!byHand) for (const key of ['right', 'missed', 'wrong'] as const) counts[group][key] += count[key];
    const met = count.missed + count.wrong === 0;
    return [
      {
        id: `${byHand ? 'fields set by hand' : 'fields'} ${file} ${name}`,
        expected: show(want[name] ?? null),
        got: show(got[name] ?? null),
        met,
        why: '',
      },
    ];
  });
}

/** One case per group of degradations: micro-F1 of its fields. */
export function judgeF1(counts: FieldCounts, run: KitRun): CaseOutcome[] {
  return GROUPS.flatMap((group) => {
    const { right, missed, wrong } = counts[group];
    if (right + missed + wrong === 0) return [];
    const f1 = (2 * right) / (2 * right + missed + wrong);
    run.note(
      `fields of ${group} pages: F1 ${percent(f1)} (${right} right, ${missed} missed, ${wrong} wrong)`,
    );
    return [
      {
        id: `fields F1 of ${group} pages`,
        expected: `at least ${percent(FIELD_F1[group])}`,
        got: percent(f1),
        met: f1 >= FIELD_F1[group],
        why: `${right} right, ${missed} missed, ${wrong} wrong`,
      },
    ];
  });
}
