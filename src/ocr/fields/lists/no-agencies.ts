/**
 * How lines begin that go on with a name, though their first word is one agencies begin with: `BAN QUẢN LÝ RỪNG` /
 * `PHÒNG HỘ …`, `ỦY BAN MẶT TRẬN` / `TỔ QUỐC VIỆT NAM`.
 */
export const NO_HEADS: readonly RegExp[] = [
  /^PHÒNG,? (HỘ|CHỐNG|CHÁY|VỆ|NGỪA|KHÔNG|BỆNH|DỊCH)( |$)/u,
  /^TỔ (QUỐC|CHỨC)( |$)/u,
  /^KHOA HỌC( |$)/u,
  /^BỘ (ĐỘI|HÀNH)( |$)/u,
  /^BAN (HÀNH|NGÀNH)( |$)/u,
  /^(SỞ HỮU|QUỸ ĐẤT|ĐOÀN KẾT|VIỆN TRỢ|LIÊN HIỆP QUỐC)( |$)/u,
  // Of a hospital; bodies of the Youth Union and of associations begin so.
  /^TRUNG ƯƠNG(?! (ĐOÀN|HỘI|MẶT TRẬN))/u,
  // What differs from the first word of an agency by its marks alone.
  /^(BÁN (TRÚ|CÔNG)|KH(ÓA|OÁ)|VIÊN CHỨC|QUY (HOẠCH|NHƠN)|CÚC PHƯƠNG|ĐOAN HÙNG|ĐỔI MỚI|ĐỐI NGOẠI|PHONG (ĐIỀN|THỔ|NHA|CHÂU|PHÚ)|ĐẠI (?!HỌC|HỘI)\p{Lu}+)( |$)/u,
  // `PHÒNG CÔNG CHỨNG`, `SỐ 1`.
  /^S\p{Lu} \d/u,
];

/** First words of agencies that words of other marks look like (`VŨ`, `HỒI`). */
export const SPELT_HEADS = /^(VỤ|HỘI) \p{Lu}/u;
/** How lines end whose last word such a first word ends: `SỞ NỘI` / `VỤ TỈNH …`, `BẢO HIỂM XÃ` / `HỘI …`. */
export const ENDS_IN_HEAD = /(^| )(noi|ngoai|dich|phuc|chuc|nghiep|nhiem|thuong|cong|xa|dai|chi|le|co)$/;

/** Kinds of schools that stand right behind `TRƯỜNG`, abbreviated or not: of `MÔI` / `TRƯỜNG TỈNH …` there is none. */
export const SCHOOL =
  /^truong (pt(dt|cs|th)?\w*|thpt|thcs|th|mn|mg|cd|dh|tc|dan toc|lien cap|si quan|quan su|can bo|chuyen|nghiep vu|day nghe|nang khieu|nuoi day)\b/;
