import type { Pen, PenOptions } from './pen.ts';

/** What the applicant filled in. All defaults are invented people and places. */
export interface ApplicationFields {
  /** Agency the form is addressed to. */
  agency: string;
  applicantName: string;
  gender: string;
  /** dd/MM/yyyy as written on the form. */
  dateOfBirth: string;
  placeOfBirth: string;
  permanentAddress: string;
  /** 12 digits. */
  identityNumber: string;
  identityIssuedOn: string;
  phoneNumber: string;
  purpose: string;
  place: string;
  /** dd/MM/yyyy. */
  signedOn: string;
  /** Printed at the top when the front office has already given one. */
  dossierCode: string | null;
}

export const DEFAULT_APPLICATION: Readonly<ApplicationFields> = {
  agency: 'Sở Tư pháp thành phố Hải Vân',
  applicantName: 'TRẦN THỊ HỒNG NHUNG',
  gender: 'Nữ',
  dateOfBirth: '15/09/1994',
  placeOfBirth: 'thành phố Hải Vân',
  permanentAddress: 'Tổ 12, phường Hòa Khánh Bắc, thành phố Hải Vân',
  identityNumber: '048194003271',
  identityIssuedOn: '22/07/2021',
  phoneNumber: '0905 316 482',
  purpose: 'Bổ sung hồ sơ xin việc làm',
  place: 'Hải Vân',
  signedOn: '04/11/2026',
  dossierCode: 'H17.28-261104-0152',
};

/** A4 at 200 dpi, the least resolution NĐ 30/2020 App. I Part II allows for copies. */
export const PAGE = { width: 1654, height: 2339 } as const;
const LEFT = 236;
const BODY: PenOptions = { size: 38 };
const LINE_STEP = 66;

/** Draws the form `Tờ khai yêu cầu cấp Phiếu lý lịch tư pháp` as SVG. */
export function drawApplication(pen: Pen, fields: ApplicationFields): string {
  const centre = PAGE.width / 2;
  const parts: string[] = [];
  const put = (text: string, x: number, y: number, options: PenOptions = BODY): void => {
    parts.push(pen.line(text, x, y, options));
  };
  const title: PenOptions = { size: 42, bold: true, align: 'center' };
  put('Mẫu số 03/2013/TT-LLTP', 1230, 110, { size: 30 });
  put('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', centre, 196, { ...title, size: 38 });
  put('Độc lập - Tự do - Hạnh phúc', centre, 248, { ...title, size: 40 });
  parts.push(`<rect x="${centre - 180}" y="264" width="360" height="2" fill="#1a1a1e"/>`);
  put('TỜ KHAI YÊU CẦU CẤP PHIẾU LÝ LỊCH TƯ PHÁP', centre, 352, title);
  put(`Kính gửi: ${fields.agency}`, centre, 424, { ...BODY, align: 'center' });
  let y = 510;
  for (const text of bodyLines(fields)) {
    put(text, LEFT, y);
    y += LINE_STEP;
  }
  const right = 1200;
  put(signedLine(fields), right, y + 20, { ...BODY, align: 'center' });
  put('NGƯỜI KHAI', right, y + 84, { ...title, size: 38 });
  put('(Ký, ghi rõ họ tên)', right, y + 132, { size: 32, align: 'center' });
  put(titleCase(fields.applicantName), right, y + 330, { ...title, size: 38 });
  parts.push(signature(right - 130, y + 170));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${PAGE.width}" height="${PAGE.height}"><rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>`;
}

function bodyLines(fields: ApplicationFields): string[] {
  const lines = [
    `1. Tên tôi là: ${fields.applicantName}`,
    '2. Tên gọi khác (nếu có): Không',
    `3. Giới tính: ${fields.gender}`,
    `4. Ngày, tháng, năm sinh: ${fields.dateOfBirth}`,
    `5. Nơi sinh: ${fields.placeOfBirth}`,
    '6. Quốc tịch: Việt Nam',
    '7. Dân tộc: Kinh',
    `8. Nơi thường trú: ${fields.permanentAddress}`,
    `9. Số CCCD: ${fields.identityNumber}    Cấp ngày: ${fields.identityIssuedOn}`,
    `10. Số điện thoại: ${fields.phoneNumber}`,
    `11. Mục đích yêu cầu cấp Phiếu lý lịch tư pháp: ${fields.purpose}.`,
    '12. Yêu cầu cấp Phiếu lý lịch tư pháp: Số 1',
    'Tôi xin cam đoan những lời khai trên là đúng sự thật và chịu trách nhiệm',
    'trước pháp luật về lời khai của mình.',
  ];
  if (fields.dossierCode) lines.unshift(`Mã hồ sơ: ${fields.dossierCode}`);
  return lines;
}

function signedLine(fields: ApplicationFields): string {
  const [day = '', month = '', year = ''] = fields.signedOn.split('/');
  return `${fields.place}, ngày ${day} tháng ${month} năm ${year}`;
}

function titleCase(name: string): string {
  return name
    .toLocaleLowerCase('vi')
    .split(' ')
    .map((word) => word.charAt(0).toLocaleUpperCase('vi') + word.slice(1))
    .join(' ');
}

/** A scribble in blue ink. */
function signature(x: number, y: number): string {
  const path = `M${x} ${y + 70} c40 -90 70 -60 40 10 s60 -120 80 -30 s30 -40 60 0 s70 -50 110 -20`;
  return `<path d="${path}" fill="none" stroke="#2b3fa0" stroke-width="4" stroke-linecap="round"/>`;
}
