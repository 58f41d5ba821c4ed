/** Where one name of a head ends and the next one begins (NĐ 30/2020 App. I Part I item 2): names go over several lines. */
import { isVietnameseSyllable } from '../../proof/syllable.ts';
import { ENDS_IN_HEAD, SPELT_HEADS } from '../lists/no-agencies.ts';
import { FORMER_PROVINCES, PROVINCES } from '../lists/places.ts';
import { type FieldLine, middle, toKey } from '../text.ts';

/** Confidence from which two letters are a word, and how far off the middle of the line above it stands, share of the width. */
const LAST_WORD = { sure: 0.8, offCentre: 0.02 };

/** Whether two letters are the last word of the line above, for which there was no room: `… LƯU TRỮ LỊCH`, `SỬ`. */
export function isLastWord(line: FieldLine, above: FieldLine | undefined): boolean {
  return (
    above !== undefined &&
    isVietnameseSyllable(line.text) &&
    line.words.every((w) => w.confidence > LAST_WORD.sure) &&
    Math.abs(middle(line) - middle(above)) < LAST_WORD.offCentre &&
    line.box[1] - above.box[3] < line.height
  );
}

/** Whether a line is the Roman number of the region above, for which there was no room: `… KHU VỰC`, `V`. */
export function isNumeralOf(line: FieldLine, above: FieldLine | undefined): boolean {
  return (
    above !== undefined &&
    /^[IVX]{1,5}$/.test(line.text) &&
    /\b(khu vuc|vung)$/.test(above.key) &&
    Math.abs(middle(line) - middle(above)) < LAST_WORD.offCentre
  );
}

/** The dash a line of an agency begins with where the one above had no room for it: `KHU VỰC 3`, `- BẮC NINH`. */
export function leadingDash({ words: [first] }: FieldLine): string {
  return first && /^[-–]$/.test(first.text) && first.confidence > LAST_WORD.sure ? '- ' : '';
}

/** The comma a line ends in where a list of what the agency is for goes on: `HỘI ĐỒNG BỒI THƯỜNG,`, `HỖ TRỢ VÀ TÁI ĐỊNH CƯ`. */
export function endingComma(line: FieldLine, next: FieldLine | undefined): string {
  const last = line.words.at(-1);
  const isList = next !== undefined && / VÀ |,/u.test(next.text);
  return isList && last?.text.endsWith(',') && last.confidence > LAST_WORD.sure ? ',' : '';
}

/** Whether a line begins with a first word of agencies that tells by its marks, and ends no word of the line above. */
export function beginsAsSpelt(line: FieldLine, above: FieldLine | undefined): boolean {
  return SPELT_HEADS.test(line.text) && !ENDS_IN_HEAD.test(above?.key ?? '');
}

/** A name that ends so is whole. */
const WHOLE_NAME = new RegExp(
  `(?:^| )(?:viet nam|(?:tinh|thanh pho) (?:${[...PROVINCES, ...FORMER_PROVINCES].map(toKey).join('|')}))$`,
);

/** First words that two agencies of one body have in common: `HỘI LHPN TỈNH …`, `HỘI LHPN XÃ …`. */
const COMMON_WORDS = 2;

/** Whether a line begins as the agency above it does: no name says its first words twice. */
export function repeatsHead(line: FieldLine, group: readonly FieldLine[] | undefined): boolean {
  const start = (key = ''): string => key.split(' ').slice(0, COMMON_WORDS).join(' ');
  return start(line.key).includes(' ') && start(line.key) === start(group?.[0]?.key);
}

/** How a line begins that goes on with a name which could end before it: `… VIỆT NAM` / `TỈNH BÌNH SƠN`. */
const GOES_ON =
  /^([-–&(\d]|(VÀ|TỈNH|THÀNH PHỐ|TP|QUẬN|HUYỆN|THỊ|XÃ|PHƯỜNG|ĐẶC KHU|KHU|VÙNG|MIỀN|CHI NHÁNH|TẠI|CỦA|SỐ)( |\.|$))/u;

/** Whether the name above is at its end, which is the name of a province or of the country, and another begins. */
export function isAfterWhole(line: FieldLine, above: FieldLine | undefined): boolean {
  return (
    above !== undefined && WHOLE_NAME.test(above.key) && line.words.length > 1 && !GOES_ON.test(line.text)
  );
}

/** Whether the last line says no more than the superior is called, so that what follows says which: `NGÂN HÀNG NHÀ NƯỚC` / `CHI NHÁNH …`. */
export function repeatsSuperior(groups: readonly FieldLine[][]): boolean {
  const [superior, own] = groups.slice(-2).map((group) => group.map((l) => l.key).join(' '));
  return own !== undefined && groups.at(-1)?.length === 1 && `${superior} `.startsWith(`${own} `);
}

/** Kinds of institutions: the name of one goes on in the next line. */
const KIND_ALONE =
  /^((chi )?cuc( quan ly)?|phong|ban (chap hanh|thuong vu|quan ly( du an)?|chi huy)|bo (tu lenh|chi huy)|hoc vien|vien nghien cuu|vuon quoc gia|hat kiem lam|trai giam|nha may|xi nghiep|hop tac xa|uy ban|truong( (mam non|mau giao|tieu hoc|trung hoc( co so| pho thong)?|thcs|thpt|pho thong|cao dang|dai hoc|trung cap))?|benh vien( da khoa( khu vuc)?)?|trung tam( y te)?|(tong )?cong ty( co phan| tnhh( mtv| mot thanh vien)?)?|tap doan)$/;

/** Words no name ends in: `TRUNG TÂM PHÁT TRIỂN` / `QUỸ ĐẤT`, `ĐOÀN ĐẠI BIỂU` / `QUỐC HỘI TỈNH …`. */
const OPEN_END = /( va| cac| cua| dai bieu| mat tran| quan ly| phat trien| nghien cuu| dich vu|,|-|–)$/;

/** A line that ends so, with a dash or a comma goes on in the next one, and a kind of institution in its name. */
export function endsOpen(group: readonly FieldLine[]): boolean {
  const last = group.at(-1);
  const key = last?.key ?? '';
  // A comma at the end may be a speck.
  if (/,$/.test(key) && (last?.words.at(-1)?.confidence ?? 0) <= LAST_WORD.sure) return false;
  // `TRƯỜNG` under `SỞ TÀI NGUYÊN VÀ MÔI` is no school.
  return OPEN_END.test(key) || (group.length === 1 && KIND_ALONE.test(key));
}

/** Whether the office is that of the body in the next line, which has none above itself but its like: `VĂN PHÒNG` / `HỘI ĐỒNG NHÂN DÂN …`. */
export function isOfficeOf(group: readonly FieldLine[], next: FieldLine): boolean {
  return (
    group.length === 1 &&
    group[0]?.key === 'van phong' &&
    /^(hdnd|hoi dong nhan dan|doan d|quoc hoi|chinh phu|tinh uy|thanh uy|huyen uy|dang uy|trung uong)\b/.test(
      next.key,
    )
  );
}
