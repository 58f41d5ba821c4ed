/** The two exchanges of the demo, done through the public API only. */
import { randomInt } from 'node:crypto';
import { DEFAULT_APPLICATION, makeScannedApplication } from '../../ocr/index.ts';
import { type ApiClient, until } from './client.ts';
import { drawLetter } from './letter.ts';
import { DEMO } from './world.ts';

/** Tells a person what happened. */
export type Say = (line: string) => void;

interface Delivery {
  recipient: string;
  recipientName: string;
  system: string;
  state: string;
  status: string | null;
}

interface PackageDetail {
  packageId: string;
  state: string;
  deliveries: Delivery[];
  verifications: { name: string; verdict: string }[];
}

interface Timeline {
  chainIntact: boolean;
  events: {
    at: string;
    type: string;
    actor: string;
    recipient: string | null;
    data: Record<string, unknown>;
  }[];
}

const WAIT_MS = 120_000;

/** Fields read with less confidence than this go past a person. */
const REVIEW_BELOW = 0.8;

/** What the sample application says. */
const ON_THE_FORM = {
  applicantName: DEFAULT_APPLICATION.applicantName,
  identityNumber: DEFAULT_APPLICATION.identityNumber,
  dateOfBirth: DEFAULT_APPLICATION.dateOfBirth.split('/').reverse().join('-'),
  purpose: DEFAULT_APPLICATION.purpose,
  permanentAddress: DEFAULT_APPLICATION.permanentAddress,
};

/** Words of the timeline for the terminal; the console has its own. */
export const EVENT_WORDS: Readonly<Record<string, string>> = {
  accepted: 'tiếp nhận vào trục',
  signed: 'ký số',
  verified: 'kiểm tra chữ ký',
  routed: 'định tuyến',
  available: 'vào hộp đến',
  sent: 'gửi tới trục đích',
  'sent-reconciled': 'đối soát: trục đích đã có',
  delivered: 'cơ quan nhận xác nhận',
  'status-received': 'nhận trạng thái',
  'attempt-failed': 'gửi chưa được, sẽ gửi lại',
  'ministry-state': 'bộ báo trạng thái',
  'result-received': 'nhận kết quả',
  'result-verified': 'kiểm tra chữ ký kết quả',
};

export function describeEvent(event: Timeline['events'][number]): string {
  const detail = [
    'profile',
    'name',
    'verdict',
    'remoteId',
    'code',
    'meaning',
    'portalState',
    'state',
    'number',
  ]
    .filter((key) => event.data[key] !== undefined && event.data[key] !== null)
    .map((key) => String(event.data[key]))
    .join(', ');
  const at = new Date(Date.parse(event.at) + 7 * 3_600_000).toISOString().slice(11, 23);
  return `${at}  ${(EVENT_WORDS[event.type] ?? event.type).padEnd(26)} ${(event.recipient ?? event.actor).padEnd(24)} ${detail}`;
}

/** Vietnam's date of today, yyyy-MM-dd. */
function today(): string {
  return new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
}

/** Exchange 1: a document between levels. @returns the package id. */
export async function exchangeDocument(api: ApiClient, say: Say): Promise<string> {
  const number = String(randomInt(1, 99_999));
  const date = today();
  const [year, month, day] = date.split('-');
  const letter = await drawLetter({
    superior: 'UBND TỈNH THỬ NGHIỆM',
    agency: 'ỦY BAN NHÂN DÂN HUYỆN MẪU',
    code: `${number}/UBND-VP`,
    placeAndDate: `Mẫu, ngày ${day} tháng ${month} năm ${year}`,
    subject: 'báo cáo tình hình gửi, nhận văn bản điện tử',
    addressee: `${DEMO.department.name}; ${DEMO.ministry.name}`,
    body: [
      'Thực hiện Quyết định số 28/2018/QĐ-TTg về việc gửi, nhận văn bản điện tử giữa các cơ quan trong hệ thống hành chính nhà nước, Ủy ban nhân dân huyện Mẫu báo cáo tình hình gửi, nhận văn bản điện tử trong tháng.',
      'Đây là văn bản mẫu dùng để chạy thử trục liên thông; mọi tên gọi, số liệu đều là giả định.',
    ],
    authority: 'TM. ỦY BAN NHÂN DÂN',
    position: 'CHỦ TỊCH',
    signer: 'Nguyễn Văn An',
    recipients: ['Như trên', 'Lưu: VT'],
  });
  const metadata = {
    from: DEMO.district.code,
    to: [DEMO.department.code, DEMO.ministry.code],
    code: { codeNumber: number, codeNotation: 'UBND-VP' },
    place: 'Mẫu',
    promulgationDate: date,
    typeName: 'Công văn',
    subject: 'V/v báo cáo tình hình gửi, nhận văn bản điện tử',
    signer: { competence: 'TM. ỦY BAN NHÂN DÂN', position: 'CHỦ TỊCH', fullName: 'Nguyễn Văn An' },
    priority: 0,
    sign: [
      { key: 'lanh-dao', profile: 'leader' },
      { key: 'con-dau', profile: 'agency' },
    ],
  };
  const form = new FormData();
  form.set('metadata', JSON.stringify(metadata));
  form.set('file', new Blob([Buffer.from(letter)], { type: 'application/pdf' }), `cong-van-${number}.pdf`);
  const { packageId } = await api.send<{ packageId: string }>(
    '/api/v1/documents',
    form,
    `demo-${date}-${number}`,
  );
  say(`   gói tin / package ${packageId}`);
  await until(
    () => api.get<PackageDetail>(`/api/v1/packages/${packageId}`),
    (detail) =>
      detail.deliveries.length === 2 && detail.deliveries.every((delivery) => delivery.status === '03'),
    WAIT_MS,
  );
  const timeline = await api.get<Timeline>(`/api/v1/packages/${packageId}/timeline`);
  for (const event of timeline.events) say(`   ${describeEvent(event)}`);
  say(
    `   chuỗi băm sự kiện / event chain: ${timeline.chainIntact ? 'nguyên vẹn / intact' : 'HỎNG / BROKEN'}`,
  );
  return packageId;
}

interface OcrJob {
  id: string;
  state: string;
  reason: { code: string; text: string } | null;
  result: {
    fields: Record<string, { value: string; confidence: number } | null>;
    pages: { confidence: number; skewDegrees: number }[];
  } | null;
}

/** Exchange 2: a paper dossier. @returns the dossier code. */
export async function exchangeDossier(
  api: ApiClient,
  say: Say,
): Promise<{ code: string; packageId: string }> {
  const scan = await makeScannedApplication(randomInt(1, 1_000_000), { dossierCode: null });
  const upload = new FormData();
  upload.set('file', new Blob([Buffer.from(scan)], { type: 'application/pdf' }), 'to-khai-quet.pdf');
  const { id } = await api.send<OcrJob>('/api/v1/ocr-jobs', upload);
  const job = await until(
    () => api.get<OcrJob>(`/api/v1/ocr-jobs/${id}`),
    (seen) => !['waiting', 'running'].includes(seen.state),
    WAIT_MS,
  );
  if (job.state !== 'done' || job.result === null) throw new Error(`OCR ${job.state}: ${job.reason?.code}`);
  const { fields, pages } = job.result;
  say(
    `   bản quét nghiêng ${pages[0]?.skewDegrees.toFixed(2)}°, độ tin cậy ${(100 * (pages[0]?.confidence ?? 0)).toFixed(1)} %`,
  );
  for (const name of ['applicantName', 'identityNumber', 'dateOfBirth', 'purpose'])
    say(
      `   ${name.padEnd(16)} ${fields[name]?.value ?? '(không đọc được)'} (${(fields[name]?.confidence ?? 0).toFixed(2)})`,
    );
  const signRequest = new FormData();
  signRequest.set('metadata', JSON.stringify({ sign: [{ key: 'mot-cua', profile: 'copy' }] }));
  signRequest.set(
    'file',
    new Blob([Buffer.from(await api.bytes(`/api/v1/ocr-jobs/${id}/pdf`))], { type: 'application/pdf' }),
    'to-khai.pdf',
  );
  const copy = await api.send<ArrayBuffer>('/api/v1/signatures', signRequest);
  say('   đã ký bản số hoá (SAO Y) / signed as a digitised copy');
  return submitDossier(api, say, Buffer.from(copy), fields);
}

async function submitDossier(
  api: ApiClient,
  say: Say,
  copy: Uint8Array,
  fields: NonNullable<OcrJob['result']>['fields'],
): Promise<{ code: string; packageId: string }> {
  // What the engine could not read, or read with doubt, a clerk fills in before anything is sent (here: from the form itself).
  const value = (name: keyof typeof ON_THE_FORM): string => {
    const read = fields[name];
    if (read !== null && read !== undefined && read.confidence >= REVIEW_BELOW) return read.value;
    say(`   ${name}: cán bộ kiểm tra, nhập "${ON_THE_FORM[name]}" / checked by a clerk`);
    return ON_THE_FORM[name];
  };
  const form = new FormData();
  form.set(
    'metadata',
    JSON.stringify({
      agency: DEMO.commune.code,
      procedureCode: '2.000488',
      procedureName: 'Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam',
      fieldCode: 'G15-LV07',
      fieldName: 'Lý lịch tư pháp',
      applicant: {
        name: value('applicantName'),
        identities: [{ type: 1, number: value('identityNumber') }],
        address: value('permanentAddress'),
      },
      dueAt: new Date(Date.now() + 10 * 86_400_000).toISOString(),
      form: { form: 1, purpose: value('purpose'), copies: 1, gender: 2, birthDate: value('dateOfBirth') },
      components: [
        { name: 'Tờ khai yêu cầu cấp Phiếu lý lịch tư pháp', file: 'to-khai.pdf', digitised: true },
      ],
    }),
  );
  form.set('file', new Blob([Buffer.from(copy)], { type: 'application/pdf' }), 'to-khai.pdf');
  const { code, packageId } = await api.send<{ code: string; packageId: string }>('/api/v1/dossiers', form);
  say(`   hồ sơ / dossier ${code}`);
  interface Dossier {
    state: number;
    stateText: string;
    portal: { state: string | null };
    ministry: { state: string | null };
    result: { verdict: string | null; sha256: string } | null;
  }
  const dossier = await until(
    () => api.get<Dossier>(`/api/v1/dossiers/${code}`),
    (seen) => seen.result !== null && seen.portal.state === '9',
    WAIT_MS,
  );
  for (const event of (await api.get<Timeline>(`/api/v1/packages/${packageId}/timeline`)).events)
    say(`   ${describeEvent(event)}`);
  say(
    `   một cửa: ${dossier.state} ${dossier.stateText}; Cổng DVCQG: ${dossier.portal.state}; Bộ: ${dossier.ministry.state}; kết quả: ${dossier.result?.verdict}`,
  );
  return { code, packageId };
}
