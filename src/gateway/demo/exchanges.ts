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
/** A scan waits for those before it, and is read by a machine that may have other work. */
const READING_WAIT_MS = 10 * 60_000;

/** What the sample application says. */
const ON_THE_FORM = {
  applicantName: DEFAULT_APPLICATION.applicantName,
  identityNumber: DEFAULT_APPLICATION.identityNumber,
  dateOfBirth: DEFAULT_APPLICATION.dateOfBirth.split('/').reverse().join('-'),
  purpose: DEFAULT_APPLICATION.purpose,
  phoneNumber: DEFAULT_APPLICATION.phoneNumber,
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
  'ocr-done': 'đã số hoá',
  'personal-data-read': 'người xem dữ liệu',
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

interface PaperDossier {
  id: string;
  state: string;
  pages: number;
  fields: { name: string; value: string | null; confidence: number; flag: string | null }[] | null;
  papers: { copySha256: string | null }[];
  dossier: { code: string } | null;
  reason: { code: string; text: string } | null;
}

/** Exchange 2: a paper dossier, in one call from its scan to its code. @returns the dossier code. */
export async function exchangeDossier(
  api: ApiClient,
  say: Say,
): Promise<{ code: string; packageId: string }> {
  const scan = await makeScannedApplication(randomInt(1, 1_000_000), { dossierCode: null });
  const form = new FormData();
  form.set(
    'metadata',
    JSON.stringify({
      procedureCode: '2.000488',
      procedureName: 'Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam',
      fieldCode: 'G15-LV07',
      fieldName: 'Lý lịch tư pháp',
      dueAt: new Date(Date.now() + 10 * 86_400_000).toISOString(),
      form: { form: 1, copies: 1, gender: 2 },
      components: [{ name: 'Tờ khai yêu cầu cấp Phiếu lý lịch tư pháp', file: 'to-khai-quet.pdf' }],
      key: 'mot-cua',
    }),
  );
  form.set('file', new Blob([Buffer.from(scan)], { type: 'application/pdf' }), 'to-khai-quet.pdf');
  const { id } = await api.send<PaperDossier>('/api/v1/paper-dossiers', form);
  say(`   hồ sơ giấy / paper dossier ${id}`);
  const seen = async (...states: string[]): Promise<PaperDossier> => {
    const paper = await until(
      () => api.get<PaperDossier>(`/api/v1/paper-dossiers/${id}`),
      (now) => states.includes(now.state) || ['failed', 'refused'].includes(now.state),
      READING_WAIT_MS,
    );
    if (!states.includes(paper.state))
      throw new Error(`paper dossier ${paper.state}: ${paper.reason?.code} ${paper.reason?.text}`);
    return paper;
  };
  await lookOver(api, say, await seen('review', 'signing', 'done'));
  const done = await seen('done');
  say('   đã ký bản số hoá (SAO Y) và tiếp nhận / signed as a digitised copy and taken in');
  return followDossier(api, say, done.dossier?.code ?? '');
}

/** What was read with doubt a clerk looks at before anything is sent (here: from the form itself). */
async function lookOver(api: ApiClient, say: Say, paper: PaperDossier): Promise<void> {
  for (const { name, value, confidence } of paper.fields ?? [])
    say(`   ${name.padEnd(16)} ${value ?? '(không đọc được)'} (${confidence.toFixed(2)})`);
  if (paper.state !== 'review') return;
  const values: Record<string, string> = {};
  for (const { name, flag } of paper.fields ?? []) {
    if (flag === null) continue;
    values[name] = ON_THE_FORM[name as keyof typeof ON_THE_FORM];
    say(`   ${name}: cán bộ soát, nhập "${values[name]}" / looked over by a clerk`);
  }
  await api.send(`/api/v1/paper-dossiers/${paper.id}/fields`, { values });
}

async function followDossier(
  api: ApiClient,
  say: Say,
  code: string,
): Promise<{ code: string; packageId: string }> {
  say(`   hồ sơ / dossier ${code}`);
  interface Dossier {
    packageId: string;
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
  const { packageId } = dossier;
  for (const event of (await api.get<Timeline>(`/api/v1/packages/${packageId}/timeline`)).events)
    say(`   ${describeEvent(event)}`);
  say(
    `   một cửa: ${dossier.state} ${dossier.stateText}; Cổng DVCQG: ${dossier.portal.state}; Bộ: ${dossier.ministry.state}; kết quả: ${dossier.result?.verdict}`,
  );
  return { code, packageId };
}
