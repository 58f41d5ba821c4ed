import type { OcrBarcode, OcrFields, OcrWord } from '../types.ts';
import { dateIn, isoDate } from './place-date.ts';
import { beginsWithFamilyName, repairName, toDigits } from './repair.ts';
import { type FieldLine, fieldOf, isSameRow, toKey, trimEnds } from './text.ts';

type FormFields = Pick<
  OcrFields,
  | 'applicantName'
  | 'identityNumber'
  | 'dateOfBirth'
  | 'permanentAddress'
  | 'phoneNumber'
  | 'purpose'
  | 'dossierCode'
>;

/** A value found behind its label. */
interface Labelled {
  value: string;
  lines: FieldLine[];
  words: OcrWord[];
}

/** Item numbers and bullets before a label. */
const ITEM_NUMBER = /^[\s(]*(\d{1,2}\s*[.):,-]?|[ivx]{1,4}\s*[.)]|[a-z]\s*[.)]|[-+*•])?\s*/;

/** Finds `label: value`, the label at the start of a line or after a wide blank, and the value's next lines. */
function findLabelled(lines: readonly FieldLine[], labels: readonly RegExp[]): Labelled | null {
  for (const label of labels) {
    for (const [i, line] of lines.entries()) {
      const found = valueAfter(line, label) ?? valueBeside(line, label, lines);
      if (!found) continue;
      const more = continuation(lines, i, found.value);
      return {
        value: [found.value, ...more.map((l) => l.text)].join(' ').trim(),
        lines: [line, ...more],
        words: [...found.words, ...more.flatMap((l) => l.words)],
      };
    }
  }
  return null;
}

/** Words in front of a label at most: item numbers and specks; `Trung tâm … tiếp nhận hồ sơ của: …` has a sentence. */
const WORDS_BEFORE = 3;
const IN_SENTENCE = /^tiep nhan ho so cua/;

function valueAfter(line: FieldLine, label: RegExp): { value: string; words: OcrWord[] } | null {
  const keys = line.words.map((w) => toKey(w.text));
  for (let start = 0; start < keys.length; start++) {
    if (start >= WORDS_BEFORE && !IN_SENTENCE.test(keys.slice(start).join(' '))) continue;
    const rest = keys
      .slice(start)
      .join(' ')
      .replace(start === 0 ? ITEM_NUMBER : /^/, '');
    const matched = label.exec(rest)?.[0];
    if (matched === undefined) continue;
    const colon = line.words.findIndex((w, i) => i >= start && /[:：]/.test(w.text));
    if (colon < 0) return afterLostColon(line, rest, matched, start);
    const glued = (line.words[colon] as OcrWord).text.replace(/^[^:]*:/, '');
    const words = [
      ...(glued === '' ? [] : [{ ...(line.words[colon] as OcrWord), text: glued }]),
      ...line.words.slice(colon + 1),
    ];
    const value = words
      .map((w) => w.text)
      .join(' ')
      .replace(/[.…_\s]+$/u, '')
      .trim();
    return value === '' ? null : { value, words };
  }
  return null;
}

/** `Số định danh:` with the value far to the right, in boxes or a column of its own: the nearest part of the row. */
function valueBeside(
  line: FieldLine,
  label: RegExp,
  lines: readonly FieldLine[],
): { value: string; words: OcrWord[] } | null {
  if (!/[:：]$/.test(line.text) || !label.test(line.key.replace(ITEM_NUMBER, ''))) return null;
  const [beside] = lines
    .filter((l) => l.page === line.page && l.left >= line.right && isSameRow(line, l))
    .sort((a, b) => a.left - b.left);
  if (!beside || /[:：]/.test(beside.text)) return null;
  return { value: beside.text, words: beside.words };
}

/** `Tên tôi là PHẠM …` with the colon lost: only in front of a capital. */
function afterLostColon(
  line: FieldLine,
  rest: string,
  matched: string,
  start: number,
): { value: string; words: OcrWord[] } | null {
  const numbered = line.words.length - start - rest.split(' ').length;
  const words = line.words.slice(start + numbered + matched.trim().split(' ').length);
  const value = words.map((w) => w.text).join(' ');
  return /^\p{Lu}/u.test(value) && /\bla\w?$/.test(matched) ? { value, words } : null;
}

/** Following lines that go on with the value: no label, no item number, right under, not capitalised sentences. */
function continuation(lines: readonly FieldLine[], at: number, value: string): FieldLine[] {
  const first = lines[at] as FieldLine;
  if (first.right < 0.75 && !/,$/.test(value)) return [];
  const next = lines[at + 1];
  if (!next || next.page !== first.page || next.box[1] - first.box[3] > 0.9 * first.height) return [];
  const ownLabel = /[:：]/.test(next.text) || /^\d{1,2}\s*[.)]/.test(next.text) || /^[-–•]/.test(next.text);
  const capital = /^\p{Lu}/u.test(next.text) && !/,$/.test(value);
  return ownLabel || capital ? [] : [next];
}

const NAME_LABELS = [
  /^ten toi la\w?\b/,
  /^toi la\b/,
  /^toi ten la\b/,
  /^ho,? (va )?(chu dem,? (va )?)?ten( khai sinh)?( cua)?( nguoi (yeu cau|khai|nop( ho so| tien| don)?|de nghi|lam don|viet don|dang ky))?\s*(\(|:)/,
  /^(nguoi nop( ho so| don| tien)?|(tiep nhan )?ho so cua|nguoi yeu cau|nguoi de nghi)\b/,
];
const IDENTITY_LABELS = [
  /^(so )?(giay )?(cmnd|cccd|can cuoc|the can cuoc|dinh danh|ho chieu|so dinh danh)/,
  /^(giay to tuy than|so giay to)/,
];
const BIRTH_LABELS = [/^(ngay,? thang,? nam sinh|ngay sinh|sinh ngay)/];
const ADDRESS_LABELS = [
  /^(noi (dang ky )?(ho khau )?thuong tru|thuong tru|dia chi thuong tru|ho khau thuong tru)/,
  /^(dia chi|noi cu tru|cho o hien nay)/,
];
const PHONE_LABELS = [/^(so )?(dien thoai|dt|di dong)/];
const PURPOSE_LABELS = [/^muc dich/, /^noi dung (yeu cau|de nghi)/];
const CODE_LABELS = [/^ma (so )?(bien nhan |tiep nhan )?ho so/, /^so ho so/, /^so bien nhan/];

const HONORIFIC = /^([ôo]ng\/b[àa]|[ôo]ng|bà|anh|chị)\s*[:.]?\s+/iu;

/** `Ông Đặng Trần Phong` → `Đặng Trần Phong`; but ÔNG NGỌC HẠNH is of the family Ông. */
function withoutHonorific(name: string): string {
  const bare = name.replace(HONORIFIC, '');
  const isFamily = name === name.toUpperCase() && !beginsWithFamilyName(bare);
  return isFamily ? name : bare;
}

/** `Họ và tên / Full name:` of an identity card; the name stands in capitals in the line below. */
const CARD_NAME = /^ho,? (va )?(chu dem,? (va )?)?ten( khai sinh)?\s*\/\s*full name\W*$/;

function nameOnCard(lines: readonly FieldLine[]): OcrFields['applicantName'] {
  const at = lines.findIndex((l) => CARD_NAME.test(l.key));
  const [label, next] = [lines[at], lines[at + 1]];
  if (!label || !next || next.page !== label.page || next.box[1] - label.box[3] > label.height) return null;
  const name = trimEnds(next.text);
  return /^[\p{Lu} '’]{4,60}$/u.test(name) && name.includes(' ') ? fieldOf(repairName(name), [next]) : null;
}

function findName(lines: readonly FieldLine[]): OcrFields['applicantName'] {
  const found = findLabelled(lines, NAME_LABELS);
  if (!found) return nameOnCard(lines);
  // What follows in the same line is another item: "… ; Giới tính: Nữ".
  const own =
    found.value.split(/\s{2,}|;|\(|\s(?=(Giới tính|Nam\/Nữ|Sinh ngày|Ngày sinh|Năm sinh|Số CCCD)\b)/u)[0] ??
    '';
  const name = trimEnds(withoutHonorific(own)).replace(/\.+$/, '');
  const isName = /^[\p{L} '’]+$/u.test(name) && name.split(' ').length >= 2 && name.split(' ').length <= 8;
  return isName ? fieldOf(repairName(name), found.lines, found.words) : null;
}

function findIdentity(lines: readonly FieldLine[]): OcrFields['identityNumber'] {
  for (const line of lines) {
    if (!/(cmnd|cccd|can cuoc|dinh danh)|^so\s?\/\s?no\b/.test(line.key)) continue;
    const digits = line.words
      .map((w) => ({ w, n: toDigits(w.text.replace(/^No\.?:(?=\d)|^\/No\.?:(?=\d)|[.,;:]+$/g, '')) }))
      .filter(({ w, n }) => /^(\d{12}|\d{9})$/.test(n) && /\d{5}/.test(w.text));
    const first = digits[0];
    if (first) return fieldOf(first.n, [line], [first.w]);
    const joined =
      /(\d[\d ]{10,16}\d)/.exec(line.text.slice(line.text.search(/[:：]/) + 1))?.[1]?.replace(/ /g, '') ?? '';
    if (/^(\d{12}|\d{9})$/.test(joined)) return fieldOf(joined, [line]);
  }
  const found = findLabelled(lines, IDENTITY_LABELS);
  const number = found ? toDigits(found.value.split(' ')[0] ?? '') : '';
  return found && /^(\d{12}|\d{9})$/.test(number) ? fieldOf(number, found.lines, found.words) : null;
}

/**
 * A citizen number holds the century and sex (digit 4) and the year of birth (digits 5 and 6) after the code of a
 * province (NĐ 137/2015 Art. 13): where they agree with the date of birth on the form, half of the doubt is gone.
 */
function confirmIdentity(
  identity: OcrFields['identityNumber'],
  birth: OcrFields['dateOfBirth'],
): OcrFields['identityNumber'] {
  if (!identity || !birth || identity.value.length !== 12) return identity;
  const year = Number(birth.value.slice(0, 4));
  const century = Math.floor(Number(identity.value[3]) / 2) === Math.floor(year / 100) - 19;
  const province = Number(identity.value.slice(0, 3));
  const agrees =
    century && Number(identity.value.slice(4, 6)) === year % 100 && province >= 1 && province <= 96;
  if (!agrees) return identity;
  return { ...identity, confidence: Math.round(50 * (1 + identity.confidence)) / 100 };
}

function findBirth(lines: readonly FieldLine[]): OcrFields['dateOfBirth'] {
  const found = findLabelled(lines, BIRTH_LABELS);
  if (!found) return null;
  const short = /(\S{1,2}) ?[/.-] ?(\S{1,2}) ?[/.-] ?(\S{4})/.exec(found.value);
  const value = short
    ? isoDate(short[1] as string, short[2] as string, short[3] as string)
    : (dateIn(`ngày ${found.value}`) ?? dateIn(found.value));
  return value ? fieldOf(value, found.lines, found.words) : null;
}

/** `{agency}-{yyMMdd}-{ordinal}`: composition of NĐ 61/2018; all generations of agency codes. */
const DOSSIER_CODE = /((?:\d{3}\.\d{2}\.\d{2}\.)?[A-KG]\d{2}(?:\.\d{2,3})*-\d{6}-\d{4,7})/;

/** Agency and date of such a code with too few digits behind them. */
const HALF_CODE = /^(\d{3}\.\d{2}\.\d{2}\.)?[A-KG]\d{2}(\.\d{2,3})+\s*-/;

function findDossierCode(
  lines: readonly FieldLine[],
  barcodes: readonly OcrBarcode[],
): OcrFields['dossierCode'] {
  for (const code of barcodes) {
    const value = DOSSIER_CODE.exec(code.text)?.[1];
    // A bar code carries its own check digits: nothing to doubt.
    if (value) return { value, confidence: 1, page: code.page, box: code.box };
  }
  const found = findLabelled(lines, CODE_LABELS);
  // A code of the national form is taken whole or not at all: a blank read inside one would leave half of it.
  const whole = found ? DOSSIER_CODE.exec(found.value.replace(/\s+/g, ''))?.[1] : undefined;
  if (found && whole) return fieldOf(whole, found.lines, found.words);
  if (found && !HALF_CODE.test(found.value)) {
    const value = found.value.replace(/\s*([-.])\s*/g, '$1').split(' ')[0] ?? '';
    if (/^[\w.-]{6,40}$/.test(value) && /\d/.test(value)) return fieldOf(value, found.lines, found.words);
  }
  for (const line of lines) {
    const value = DOSSIER_CODE.exec(line.text.replace(/\s*-\s*/g, '-'))?.[1];
    if (value) return fieldOf(value, [line]);
  }
  return null;
}

function textField(lines: readonly FieldLine[], labels: readonly RegExp[]): OcrFields['purpose'] {
  const found = findLabelled(lines, labels);
  return found ? fieldOf(trimEnds(found.value).replace(/\.$/, ''), found.lines, found.words) : null;
}

function findPhone(lines: readonly FieldLine[]): OcrFields['phoneNumber'] {
  const found = findLabelled(lines, PHONE_LABELS);
  const number = found ? /(\+?84|0)[\d .-]{8,12}\d/.exec(found.value)?.[0].replace(/[ .-]/g, '') : undefined;
  return found && number ? fieldOf(number, found.lines, found.words) : null;
}

/** `Đề nghị … đăng ký khai tử cho người có tên dưới đây:` what follows is about another person. */
const ANOTHER_PERSON =
  /\bcho (nguoi|tre|con|chau)\b.*\bduoi day\b|\bnguoi (duoc khai sinh|chet|da chet) duoi day\b/;

/** Lines of a form up to where it turns to another person than the applicant. */
function linesOfApplicant(lines: readonly FieldLine[]): readonly FieldLine[] {
  const at = lines.findIndex((l) => ANOTHER_PERSON.test(l.key));
  return at < 0 ? lines : lines.slice(0, at);
}

/** Fields of application forms and receipts. Personal ones are looked for only when `isForm`. */
export function findFormFields(
  lines: readonly FieldLine[],
  barcodes: readonly OcrBarcode[],
  isForm: boolean,
): FormFields {
  const dossierCode = findDossierCode(lines, barcodes);
  if (!isForm) {
    return {
      applicantName: null,
      identityNumber: null,
      dateOfBirth: null,
      permanentAddress: null,
      phoneNumber: null,
      purpose: null,
      dossierCode,
    };
  }
  const own = linesOfApplicant(lines);
  const dateOfBirth = findBirth(own);
  return {
    applicantName: findName(own),
    identityNumber: confirmIdentity(findIdentity(own), dateOfBirth),
    dateOfBirth,
    permanentAddress: textField(own, ADDRESS_LABELS),
    phoneNumber: findPhone(own),
    purpose: textField(lines, PURPOSE_LABELS),
    dossierCode,
  };
}
