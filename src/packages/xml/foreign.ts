/** What a file that is no XML is, by its first bytes (latin1): the sender wants to know what went wrong on its side. */
const STARTS: readonly (readonly [start: string, kind: string])[] = [
  ['\x1f\x8b', 'gzip'],
  ['PK\x03', 'zip'],
  ['PK\x05', 'zip'],
  ['%PDF-', 'pdf'],
  // `<?x` and `<edX` in base64.
  ['PD94', 'base64'],
  ['PGVkW', 'base64'],
  ['{', 'json'],
  ['[', 'json'],
  ['"', 'quoted'],
  ['--', 'mime'],
];

/** The reason to give for a file that does not begin as XML does. */
export function reasonOfStart(head: Uint8Array): string {
  const start = Buffer.from(head.subarray(0, 8)).toString('latin1');
  const kind = STARTS.find(([mark]) => start.startsWith(mark))?.[1];
  return FOREIGN[kind ?? '']?.[1] ?? 'text before the XML declaration';
}

/** Kinds of files sent in the place of a package: reasons, Vietnamese and English. */
const FOREIGN: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  gzip: [
    'tệp được nén gzip: nếu nén khi truyền, ghi Content-Encoding: gzip',
    'the file is gzip: when it is compressed for the way only, say Content-Encoding: gzip',
  ],
  zip: [
    'tệp là tệp nén ZIP: gửi tệp .edxml nằm bên trong',
    'the file is a ZIP archive: send the .edxml inside it',
  ],
  pdf: [
    'tệp là PDF: gửi văn bản cùng thông tin qua /api/v1/documents, hoặc đóng gói thành edXML',
    'the file is a PDF: send it with its metadata to /api/v1/documents, or put it into an edXML package',
  ],
  base64: ['tệp được mã hoá base64: gửi nguyên tệp XML', 'the file is base64: send the XML as it is'],
  json: ['tệp là JSON, không phải XML', 'the file is JSON, not XML'],
  quoted: ['XML nằm trong dấu nháy: gửi nguyên tệp XML', 'the XML stands in quotes: send it as it is'],
  mime: [
    'nội dung là một biểu mẫu hoặc thông điệp MIME: khai Content-Type: multipart/form-data, hoặc gửi nguyên tệp XML',
    'the content is a form or a MIME message: say Content-Type: multipart/form-data, or send the XML as it is',
  ],
};

/** Vietnamese by the English reason. */
export const FOREIGN_REASONS_VI: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(FOREIGN).map(([vi, en]) => [en, vi]),
);
