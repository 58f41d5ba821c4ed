import type { Simulator, SimulatorOptions } from '../kit/server.ts';
import { startBusinessRegistry } from './business-registry.ts';
import { startCivilStatus } from './civil-status.ts';
import { startDocumentStore } from './document-store.ts';
import { EXAMPLE_SYSTEMS, startCustoms, startSocialInsurance, startTreasury } from './examples.ts';
import { startLandTax } from './land-tax.ts';
import { startLinkedService } from './linked-service.ts';
import { startPayment } from './payment.ts';
import { startPopulation } from './population.ts';
import { startVnpost } from './vnpost.ts';

/** Ministries and services `lienthong simulate` knows. */
export const MINISTRY_NAMES = [
  'civil-status',
  'linked-service',
  'land-tax',
  'business-registry',
  'population-database',
  'vnpost',
  'payment',
  'document-store',
  ...EXAMPLE_SYSTEMS,
] as const;

/** One of {@link MINISTRY_NAMES}. */
export type MinistryName = (typeof MINISTRY_NAMES)[number];

type Started = Promise<{ simulator: Simulator; settings: Record<string, string> }>;

/** The citizen, paper and dossier that the simulators know; all invented. */
const CITIZEN = {
  personalNumber: '079190000001',
  fullName: 'Trần Thị Thử',
  born: '19900201',
  gender: 'Nữ',
  address: 'Số 1, đường Mẫu',
};
const PAPER = {
  ownerId: CITIZEN.personalNumber,
  resultCode: 'KQ.G15.000001',
  name: 'Phiếu lý lịch tư pháp',
  number: '1/LLTP',
  holder: 'H99.13',
};
const BIRTH =
  '<hoSo><hoTich><nksHoTen>Trần Văn Mới</nksHoTen><nksNgaySinh>20261101</nksNgaySinh></hoTich></hoSo>';

const STARTERS: Readonly<Record<MinistryName, (options: SimulatorOptions, secret: string) => Started>> = {
  'civil-status': async (options, token) => ({
    simulator: await startCivilStatus({ ...options, token }),
    settings: { token },
  }),
  'linked-service': async (options, password) => ({
    simulator: await startLinkedService({
      ...options,
      username: 'lienthong',
      password,
      dossiers: [{ linkedCode: 'LT-0001', module: 'KS', payload: BIRTH }],
    }),
    settings: { username: 'lienthong', password },
  }),
  'land-tax': async (options, password) => ({
    simulator: await startLandTax({ ...options, username: 'lienthong', password }),
    settings: { username: 'lienthong', password },
  }),
  'business-registry': async (options, token) => ({
    simulator: await startBusinessRegistry({ ...options, token }),
    settings: { token },
  }),
  'population-database': async (options, secret) => ({
    simulator: await startPopulation({
      ...options,
      clientId: 'H99',
      apiKey: secret,
      username: 'lienthong',
      secret,
      citizens: [CITIZEN],
    }),
    settings: { clientId: 'H99', username: 'lienthong', apiKey: secret, secret },
  }),
  vnpost: async (options, apiKey) => ({
    simulator: await startVnpost({ ...options, customerCode: 'H99', apiKey }),
    settings: { customerCode: 'H99', apiKey },
  }),
  payment: async (options, secret) => ({
    simulator: await startPayment({ ...options, partnerCode: 'H99', secret }),
    settings: { partnerCode: 'H99', secret },
  }),
  'document-store': async (options) => ({
    simulator: await startDocumentStore({ ...options, papers: [PAPER] }),
    settings: {},
  }),
  'social-insurance': async (options, apiKey) => ({
    simulator: await startSocialInsurance({ ...options, apiKey }),
    settings: { apiKey },
  }),
  treasury: async (options, apiKey) => ({
    simulator: await startTreasury({ ...options, apiKey }),
    settings: { apiKey },
  }),
  customs: async (options, apiKey) => ({
    simulator: await startCustoms({ ...options, apiKey }),
    settings: { apiKey },
  }),
};

/** Starts one by name; `settings` is what a client needs besides the address. */
export function startMinistry(name: MinistryName, options: SimulatorOptions, secret: string): Started {
  return STARTERS[name](options, secret);
}
