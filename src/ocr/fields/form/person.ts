/** What a form says of its applicant: number, birth, address, telephone. */
import type { OcrFields } from '../../types.ts';
import { dateIn, isoDate } from '../place-date.ts';
import { toDigits } from '../repair.ts';
import { type FieldLine, fieldOf, trimEnds } from '../text.ts';
import { type Form, findLabelled } from './labelled.ts';

const IDENTITY_LABELS = [
  /^(so )?(giay )?(cmnd|cccd|can cuoc|the can cuoc|dinh danh|ddcn|ho chieu|so dinh danh)/,
  /^(giay to (tuy than|nhan than|phap ly)|so giay to)/,
];
const BIRTH_LABELS = [/^(ngay ?[,/]? ?thang ?[,/]? ?nam sinh|ngay sinh|sinh ngay)/];
const ADDRESS_LABELS = [
  /^((noi|dia chi|cho o|ho khau|dang ky)\b[^:]{0,40}\b)?thuong tru/,
  /^(dia chi|noi cu tru|(cho|noi) o( hien (nay|tai))?\b)/,
];
const PHONE_LABELS = [/^(so )?(dien thoai|dt|di dong)/];

/** A line that begins with the date: what follows in it may well name others. */
const BIRTH_FIRST = /^\W*(\d{1,2}\W*)?(ngay|sinh)/;

/** A citizen's number of twelve digits, or the nine of the card before. */
const IDENTITY = /^(\d{12}|\d{9})$/;

export function findIdentity({ lines, segments }: Form): OcrFields['identityNumber'] {
  for (const line of lines) {
    if (!/(cmnd|cccd|can cuoc|dinh danh|ddcn)|^so\s?\/\s?no\b/.test(line.key)) continue;
    const digits = line.words
      .map((w) => ({ w, n: toDigits(w.text.replace(/^No\.?:(?=\d)|^\/No\.?:(?=\d)|[.,;:]+$/g, '')) }))
      .filter(({ w, n }) => IDENTITY.test(n) && /\d{5}/.test(w.text));
    const first = digits[0];
    if (first) return fieldOf(first.n, [line], [first.w]);
    const joined =
      /(\d[\d ]{10,16}\d)/.exec(line.text.slice(line.text.search(/[:：]/) + 1))?.[1]?.replace(/ /g, '') ?? '';
    if (IDENTITY.test(joined)) return fieldOf(joined, [line]);
  }
  return findLabelled({ lines, segments }, IDENTITY_LABELS, (found) => {
    const word = found.words.find((w) => IDENTITY.test(toDigits(trimEnds(w.text))) && /\d{5}/.test(w.text));
    if (word) return fieldOf(toDigits(trimEnds(word.text)), found.lines, [word]);
    const number = found.value.replace(/[ |]/g, '');
    return IDENTITY.test(number) ? fieldOf(number, found.lines, found.words) : null;
  });
}

/**
 * A citizen number holds the century and sex (digit 4) and the year of birth (digits 5 and 6) after the code of a
 * province (NĐ 137/2015 Art. 13): where they agree with the date of birth on the form, half of the doubt is gone.
 */
export function confirmIdentity(
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

/** Whose name a line begins with when what follows in it is not the applicant's. */
const OF_ANOTHER =
  /^\W*(\d{1,2}\W*)?[^:]*\b(hoc sinh|sinh vien|con|vo|chong|cha|me|bo|dai dien|giam ho|chu ho|nguoi duoc [a-z]+)\b[^:]*:/;

export function findBirth(form: Form): OcrFields['dateOfBirth'] {
  return findLabelled(form, BIRTH_LABELS, (found) => {
    if (OF_ANOTHER.test(found.lines[0]?.key ?? '') && !BIRTH_FIRST.test(found.lines[0]?.key ?? ''))
      return null;
    const short = /(\S{1,2}) ?[/.-] ?(\S{1,2}) ?[/.-] ?(\S{4})/.exec(found.value);
    const parted = short ?? /^(\d{1,2}) (\d{1,2}) (\d{4})$/.exec(found.value);
    const value = parted
      ? isoDate(parted[1] as string, parted[2] as string, parted[3] as string)
      : (dateIn(`ngày ${found.value}`) ?? dateIn(found.value));
    return value ? fieldOf(value, found.lines, found.words) : null;
  });
}

/** What an address looks like; no label whose value was left blank, with the next item behind it. */
const ADDRESS = /^[\p{Lu}\d](?=.{3}).*([,\d]|(xã|phường|thị trấn|huyện|tỉnh|thành phố|thôn|[Tt]ổ|khu) )/u;

export function findAddress(form: Form): OcrFields['permanentAddress'] {
  return findLabelled(form, ADDRESS_LABELS, (found) => {
    // The last digit of a number of a house: `Số 4]`.
    const value = trimEnds(found.value)
      .replace(/\.$/, '')
      .replace(/(?<= \d+)[\]|!](?=[ ,/])/g, '1')
      // A comma read as a stop: what comes behind is of the next level.
      .replace(/(?<=\p{L}{2})\.(?= (xã|phường|thị trấn|thị xã|huyện|quận|tỉnh|thành phố) \p{Lu})/gu, ',')
      .replace(/(?<=\d)(?=(ngõ|ngách|hẻm|đường|phố|tổ|thôn)\s)/gu, ' ');
    return ADDRESS.test(value) ? fieldOf(value, found.lines, found.words) : null;
  });
}

export function findPhone(form: Form): OcrFields['phoneNumber'] {
  return findLabelled(form, PHONE_LABELS, (found) => {
    const value = found.value.replace(/\S*\d{2}\S*/g, toDigits);
    const number = /(\+?84|0)[\d .-]{8,12}\d/.exec(value)?.[0].replace(/[ .-]/g, '');
    return number ? fieldOf(number, found.lines, found.words) : null;
  });
}

/**
 * Lines that turn to another person than the applicant: `… khai tử cho người có tên dưới đây:`, `Đề nghị cấp giấy phép
 * lao động đối với:`.
 */
const ANOTHER_PERSON =
  /\b(cho|cong nhan|giua)( nhung| cac)? (nguoi|tre|con|chau)\b.*\bduoi day\b|\bnguoi (duoc khai sinh|chet|da chet) duoi day\b|^\W*de nghi\b.*\b(cho|doi voi)( nguoi .*| ong\/ba| ca nhan)?\s?:$/;

/** Lines of a form up to where it turns to another person than the applicant. */
export function linesOfApplicant(lines: readonly FieldLine[]): readonly FieldLine[] {
  const at = lines.findIndex((l) => ANOTHER_PERSON.test(l.key));
  return at < 0 ? lines : lines.slice(0, at);
}
