/** An administrative letter the tests print, scan and sign. */
export const LETTER = {
  superior: 'UBND TỈNH THỬ NGHIỆM',
  agency: 'ỦY BAN NHÂN DÂN HUYỆN MẪU',
  code: '417/UBND-VP',
  placeAndDate: 'Mẫu, ngày 05 tháng 11 năm 2026',
  subject: 'số hóa hồ sơ lưu trữ',
  addressee: 'Các đơn vị trực thuộc',
  body: ['Ủy ban nhân dân huyện đề nghị các đơn vị số hóa hồ sơ lưu trữ trước ngày 30 tháng 11.'],
  authority: 'TM. ỦY BAN NHÂN DÂN',
  position: 'CHỦ TỊCH',
  signer: 'Nguyễn Văn An',
  recipients: ['Như trên', 'Lưu: VT'],
};
