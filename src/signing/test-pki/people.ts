/** Who is in the test PKI: one readable list. Every name says loudly that it is for trials only. */

/** The mark in every test name. */
export const TEST_MARK = 'CHỈ DÙNG THỬ';

/** What a certificate is for. */
export type TestCertificateKind = 'leader' | 'agency' | 'system' | 'ocsp' | 'tsa';

/** One end-entity certificate to issue. */
export interface TestSubject {
  /** File name without extension. */
  readonly id: string;
  readonly kind: TestCertificateKind;
  readonly commonName: string;
  readonly organization: string;
  /** UID of the subject: `CCCD:` and 12 digits for a person, `MST:` and a tax code for an organisation. */
  readonly uid?: string;
  readonly key: 'rsa-2048' | 'ec-p256' | 'ec-p384';
  /** Default: valid one year back, two ahead. */
  readonly state?: 'revoked' | 'expired';
}

const PROVINCE = `Ủy ban nhân dân tỉnh Thử Nghiệm (${TEST_MARK})`;
const COMMUNE = `Ủy ban nhân dân phường Mẫu (${TEST_MARK})`;
const DISTRICT = `Ủy ban nhân dân huyện Mẫu (${TEST_MARK})`;
const JUSTICE = `Sở Tư pháp tỉnh Thử Nghiệm (${TEST_MARK})`;
const MINISTRY = `Bộ Thử Nghiệm (${TEST_MARK})`;
const SERVICE = `Trung tâm chứng thực thử nghiệm (${TEST_MARK})`;

/** All subjects. */
export const TEST_SUBJECTS: readonly TestSubject[] = [
  {
    id: 'leader',
    kind: 'leader',
    commonName: `Nguyễn Văn An - ${TEST_MARK}`,
    organization: PROVINCE,
    uid: 'CCCD:001080000001',
    key: 'rsa-2048',
  },
  {
    id: 'leader-ec',
    kind: 'leader',
    commonName: `Trần Thị Bình - ${TEST_MARK}`,
    organization: COMMUNE,
    uid: 'CCCD:001185000002',
    key: 'ec-p256',
  },
  {
    id: 'leader-district',
    kind: 'leader',
    commonName: `Nguyễn Văn An - ${TEST_MARK}`,
    organization: DISTRICT,
    uid: 'CCCD:001080000008',
    key: 'rsa-2048',
  },
  {
    id: 'agency-district',
    kind: 'agency',
    commonName: DISTRICT,
    organization: DISTRICT,
    uid: 'MST:0100000008',
    key: 'rsa-2048',
  },
  {
    id: 'leader-justice',
    kind: 'leader',
    commonName: `Lê Hoàng Cường - ${TEST_MARK}`,
    organization: JUSTICE,
    uid: 'CCCD:001079000003',
    key: 'rsa-2048',
  },
  {
    id: 'agency',
    kind: 'agency',
    commonName: PROVINCE,
    organization: PROVINCE,
    uid: 'MST:0100000001',
    key: 'rsa-2048',
  },
  {
    id: 'agency-ec',
    kind: 'agency',
    commonName: COMMUNE,
    organization: COMMUNE,
    uid: 'MST:0100000002',
    key: 'ec-p384',
  },
  {
    id: 'agency-justice',
    kind: 'agency',
    commonName: JUSTICE,
    organization: JUSTICE,
    uid: 'MST:0100000003',
    key: 'rsa-2048',
  },
  {
    id: 'ministry',
    kind: 'agency',
    commonName: MINISTRY,
    organization: MINISTRY,
    uid: 'MST:0100000004',
    key: 'rsa-2048',
  },
  {
    id: 'system',
    kind: 'system',
    commonName: `Hệ thống Liên Thông - ${TEST_MARK}`,
    organization: SERVICE,
    uid: 'MST:0100000005',
    key: 'ec-p256',
  },
  {
    id: 'revoked',
    kind: 'leader',
    commonName: `Phạm Bị Thu Hồi - ${TEST_MARK}`,
    organization: PROVINCE,
    uid: 'CCCD:001080000006',
    key: 'rsa-2048',
    state: 'revoked',
  },
  {
    id: 'expired',
    kind: 'leader',
    commonName: `Vũ Hết Hạn - ${TEST_MARK}`,
    organization: PROVINCE,
    uid: 'CCCD:001080000007',
    key: 'rsa-2048',
    state: 'expired',
  },
  {
    id: 'ocsp',
    kind: 'ocsp',
    commonName: `OCSP thử nghiệm - ${TEST_MARK}`,
    organization: SERVICE,
    key: 'ec-p256',
  },
  {
    id: 'tsa',
    kind: 'tsa',
    commonName: `Dấu thời gian thử nghiệm - ${TEST_MARK}`,
    organization: SERVICE,
    key: 'rsa-2048',
  },
];

/** Names of the two authorities. */
export const TEST_AUTHORITIES = {
  root: { commonName: `RootCA thử nghiệm - ${TEST_MARK}`, organization: SERVICE },
  sub: { commonName: `CA thử nghiệm phục vụ các cơ quan Nhà nước - ${TEST_MARK}`, organization: SERVICE },
} as const;
