/** Name of the one who applies: a person or a body. */
import type { OcrFields } from '../../types.ts';
import { agreeWithTwins } from '../agree.ts';
import { beginsWithFamilyName, repairName } from '../repair.ts';
import { type FieldLine, fieldOf, toKey, trimEnds } from '../text.ts';
import { type Form, findLabelled, type Labelled } from './labelled.ts';

/** Who is not the applicant though a form asks for the name: relatives, and those it is about. */
const OTHERS = '(me|cha|bo|vo|chong|con|ong|ba|duoc|chet|da|dai|di|giam|lien|than|ban|thu|tiep|nhan)';
const NAME_LABELS = [
  /^ten toi la\w?\b/,
  /^toi (ten )?la\b/,
  /^toi ten\b/,
  /^(tiep nhan )?ho so cua\b|^.* tiep nhan ho so( cua\b|(?= (ong|ba) ))/,
  new RegExp(
    `^(ho,? (va )?(chu dem,? (va )?)?)?ten( khai sinh)?( cua)?( (don vi|to chuc)( hoac|,)?)? nguoi (?!${OTHERS}\\b)[a-z]`,
  ),
  /^nguoi (nop( ho so| don| tien| thue)?|yeu cau|de nghi|khai|ke khai|su dung dat)\b/,
  // A person or a body: whichever the form asks for first.
  /^(ho,? (va )?(chu dem,? (va )?)?ten( khai sinh)?\W*(\(|:|$)|ong\s?(\/|,|hoac)\s?ba\b|(ten )?(to chuc|don vi(?! (thi cong|thiet ke|tu van|giam sat))|chu dau tu|co so|doanh nghiep|ca nhan)\b|(ten )?(khach hang|chu (xe|phuong tien|tau|tai san))\s*(\(|:|$)|(ho,? (va )?(chu dem,? (va )?)?)?(ten )?chu ho\s*(\(|:|$))/,
  /^ten\W*\d?\W*:/,
];

const HONORIFIC = /^([ôo]ng\/b[àa]|[ôo]ng|bà|anh|chị)\s*[:.]?\s+/iu;

/** `Ông Đặng Trần Phong` → `Đặng Trần Phong`; but ÔNG NGỌC HẠNH is of the family Ông, Ong Khắc Tiệp of the Ong. */
function withoutHonorific(name: string): string {
  const bare = name.replace(HONORIFIC, '');
  const isFamily = (name === name.toUpperCase() || /^Ong /.test(name)) && !beginsWithFamilyName(bare);
  return isFamily ? name : bare;
}

/** What follows a name in its line is another item: `… ; Giới tính: Nữ`, `…, sinh năm 1991`. */
const NEXT_ITEM =
  /\s{2,}|;|\(|,\s*sinh\b|\s\d{1,2}\s?[.:]|\s(?=(Giới tính|Nam\/Nữ|Sinh ngày|Ngày sinh|Năm sinh|Số CCCD)\b)/u;

/** Who signs a form, and other things that stand where a name does: `NGƯỜI TIẾP NHẬN HỒ SƠ`. */
const NO_NAME =
  /^(nguoi|can bo|cong chuc|vien chuc|chuyen vien|ben|dai dien|chu ho|chu tich|giam doc|so|ngay|ma) /;

/** A person's name of two words to eight. */
export function personName(text: string): string | null {
  const name = trimEnds(withoutHonorific(text.split(NEXT_ITEM)[0] ?? '')).replace(/\.+$/, '');
  const words = name.split(' ').length;
  const isName = /^\p{Lu}[\p{L} '’]+$/u.test(name) && !NO_NAME.test(toKey(name));
  return isName && words >= 2 && words <= 8 ? repairName(name) : null;
}

/** First words of names of bodies. */
const BODY =
  /^(cong ty|tong cong ty|tap doan|hop tac xa|doanh nghiep|ho kinh doanh|chi nhanh|ngan hang|truong|benh vien|phong kham|uy ban|ubnd|trung tam|vien|hoi|co so)\b/;
/** Words of such a name at most. */
const BODY_WORDS = 20;

/** The name of a company or another body. */
function bodyName(text: string): string | null {
  const name = trimEnds(text.split(/\s{2,}|;|\(/u)[0] ?? '').replace(/\.+$/, '');
  const words = name.split(' ').length;
  return BODY.test(toKey(name)) && words >= 3 && words <= BODY_WORDS ? name : null;
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

function readName(found: Labelled): OcrFields['applicantName'] {
  const name = bodyName(found.value) ?? personName(found.value);
  return name === null ? null : fieldOf(name, found.lines, found.words);
}

/** `Kính gửi: Bà Vương Thị Ngọc Bích`: a slip of a one-stop office goes to who applied. */
export function addressedApplicant(addressees: OcrFields['addressees']): OcrFields['applicantName'] {
  const [only, ...more] = addressees?.value ?? [];
  if (!addressees || only === undefined || more.length > 0) return null;
  const name = HONORIFIC.test(only) ? personName(only) : null;
  return name === null ? null : { ...addressees, value: name };
}

/** Addressees with persons among them spelt as where their names were read the surest. */
export function agreeOnPersons(
  addressees: OcrFields['addressees'],
  lines: readonly FieldLine[],
): OcrFields['addressees'] {
  if (!addressees) return null;
  const value = addressees.value.map((item) => {
    const honorific = HONORIFIC.exec(item)?.[0];
    const name = honorific === undefined ? null : personName(item);
    if (honorific === undefined || name === null) return item;
    const spelt = agreeWithTwins({ ...addressees, value: name }, lines)?.value ?? name;
    // What is said of the person stays: `Ông Lê Văn A, sinh năm 1970`.
    const behind = toKey(item.slice(honorific.length)).startsWith(toKey(name))
      ? item.slice(honorific.length + name.length)
      : '';
    return honorific + spelt + behind;
  });
  return { ...addressees, value };
}

export function findApplicant(form: Form): OcrFields['applicantName'] {
  return findLabelled(form, NAME_LABELS, readName) ?? nameOnCard(form.lines);
}
