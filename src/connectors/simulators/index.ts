export {
  type NationalAxis,
  type NationalAxisOptions,
  startNationalAxis,
  VXP_BASE_PATH,
} from './axes/national-axis.ts';
export {
  type ProvincialAxis,
  type ProvincialAxisOptions,
  startProvincialAxis,
} from './axes/provincial-axis.ts';
export type { AxisSystem } from './axes/state.ts';
export { type JudicialRecordsOptions, startJudicialRecords } from './judicial/judicial-records.ts';
export { buildRecordPdf } from './judicial/record-pdf.ts';
export {
  type Behaviour,
  type BehaviourRequest,
  SIMULATOR_MODES,
  type SimulatorMode,
} from './kit/behaviour.ts';
export { type Ledger, type LedgerEntry, openLedger } from './kit/ledger.ts';
export type { Simulator, SimulatorOptions } from './kit/server.ts';
export {
  type NationalPortal,
  type NationalPortalOptions,
  type PortalHolding,
  startNationalPortal,
} from './portal/national-portal.ts';
