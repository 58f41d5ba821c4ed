/** A gateway whose agency signs with a file, a token and a signing service. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SigningService, startSigningService } from '../../../src/connectors/index.ts';
import { drawSealPng, type TestPki } from '../../../src/signing/index.ts';
import { keyOfFile, makeTokens, needSoftHsm, PIN, type Tokens } from '../../signing/keys/softhsm.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { testPki } from '../support/world.ts';

export const SERVICE_PIN = '864209';

export interface SigningScene {
  readonly bare: BareGateway;
  readonly pki: TestPki;
  readonly service: SigningService;
  readonly settings: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A letter of its own for each number. */
export function letterPdf(number = 1): Uint8Array {
  return makePdf({ lines: [{ text: `Văn bản số ${number}`, x: 200, y: 700 }] });
}

/** A decision whose number and date are still blank. */
export function draft(
  number = 'Số:       /QĐ-UBND',
  date = 'Mẫu, ngày      tháng      năm 2026',
): Uint8Array {
  return makePdf({
    lines: [
      { text: 'ỦY BAN NHÂN DÂN', x: 160, y: 770 },
      { text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x: 400, y: 770 },
      { text: number, x: 160, y: 735 },
      { text: date, x: 410, y: 735 },
      { text: 'CHỦ TỊCH', x: 430, y: 384 },
      { text: 'Nguyễn Văn An', x: 430, y: 300, size: 14 },
    ],
  });
}

/** @param options.signer a name on every leader key. */
export async function startSigningScene(
  context: { skip(): void },
  settings: Readonly<Record<string, unknown>> = {},
): Promise<SigningScene> {
  const module = needSoftHsm(context);
  const tokens: Tokens = makeTokens();
  const pki = await testPki();
  const leader = pki.identities['leader-district'];
  const seal = pki.identities['agency-district'];
  if (leader === undefined || seal === undefined) throw new TypeError('no identities');
  const { key, certificates } = keyOfFile(leader.pkcs12Path, leader.passphrasePath);
  const sealKey = keyOfFile(seal.pkcs12Path, seal.passphrasePath);
  tokens.add('the-lanh-dao', [{ label: 'ky', id: '01', key, certificates }]);
  const account = { username: 'lienthong', password: 'mat-khau-dich-vu' };
  const service = await startSigningService({
    ...account,
    credentials: [
      { id: 'ld', key, certificates, pin: SERVICE_PIN, otp: true, scal: 2 },
      { id: 'ld-5', key, certificates, pin: SERVICE_PIN, otp: true, scal: 2, multisign: 5 },
      { id: 'khong-hoi', key, certificates },
      { id: 'dau', ...sealKey, pin: SERVICE_PIN, otp: true, scal: 2 },
      { id: 'dau-1', ...sealKey, pin: SERVICE_PIN, otp: true, scal: 1 },
    ],
  });
  const folder = join(temporaryFolder(), 'keys');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pin'), `${PIN}\n`);
  writeFileSync(
    join(folder, 'account.json'),
    JSON.stringify({ type: 'client', clientId: account.username, clientSecret: account.password }),
  );
  const remote = (credential: string): string =>
    `csc+${service.baseUrl}?credential=${credential}&account=${join(folder, 'account.json')}`;
  const common = { agency: AGENCY.district.code, profiles: ['plain', 'leader'], holder: 'Nguyễn Văn An' };
  const sealing = {
    agency: AGENCY.district.code,
    agencyName: AGENCY.district.name,
    profiles: ['agency', 'plain'],
    imagePng: 'dau.png',
  };
  writeFileSync(join(folder, 'dau.png'), drawSealPng(AGENCY.district.name));
  const file = { p12: leader.pkcs12Path, passFile: leader.passphrasePath };
  writeFileSync(
    join(folder, 'keys.json'),
    JSON.stringify([
      { ...common, ...file, id: 'tep', subjectId: leader.subject.uid },
      { ...common, ...file, id: 'sai-nguoi', subjectId: 'CCCD:001080009999' },
      { ...common, id: 'the', key: `pkcs11:token=the-lanh-dao?module-path=${module}`, passFile: 'pin' },
      { ...common, id: 'tu-xa', key: remote('ld') },
      { ...common, id: 'tu-xa-5', key: remote('ld-5') },
      { ...common, id: 'tu-dong', key: remote('khong-hoi') },
      { ...sealing, id: 'dau-tu-xa', key: remote('dau') },
      { ...sealing, id: 'dau-tu-xa-1', key: remote('dau-1') },
      {
        id: 'con-dau',
        agency: AGENCY.district.code,
        agencyName: AGENCY.district.name,
        profiles: ['agency', 'copy', 'appendix', 'incoming', 'plain'],
        p12: seal.pkcs12Path,
        passFile: seal.passphrasePath,
      },
    ]),
  );
  const all = {
    keysFile: join(folder, 'keys.json'),
    trustDir: pki.directory,
    pkiHosts: '',
    leaseSeconds: 5,
    ...settings,
  };
  const bare = await startBareGateway(all);
  return {
    bare,
    pki,
    service,
    settings: all,
    async close() {
      await bare.close();
      await service.close();
      tokens.remove();
    },
  };
}
