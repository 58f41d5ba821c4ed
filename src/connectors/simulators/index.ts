export { EDOC_BASE_PATH, type EdocAxis, type EdocAxisOptions, startEdocAxis } from './axes/edoc-axis.ts';
export {
  type AxisCall,
  type AxisWatch,
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
export {
  CSC_BASE_PATH,
  type SigningService,
  type SigningServiceOptions,
  startSigningService,
} from './csc/signing-service.ts';
export type { CscCredential } from './csc/vault.ts';
export {
  type DocumentSystem,
  type DocumentSystemOptions,
  type InboxItem,
  type PollOutcome,
  startDocumentSystem,
} from './document-system/document-system.ts';
export type { AxisConnection } from './document-system/mailbox.ts';
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
export { SAMPLE_ENTERPRISES, startBusinessRegistry } from './ministries/business-registry.ts';
export { type CivilStatusSimulatorOptions, startCivilStatus } from './ministries/civil-status.ts';
export { type StorePaper, startDocumentStore } from './ministries/document-store.ts';
export { EXAMPLE_SYSTEMS, startCustoms, startSocialInsurance, startTreasury } from './ministries/examples.ts';
export { startLandTax } from './ministries/land-tax.ts';
export { type LinkedServiceSimulatorOptions, startLinkedService } from './ministries/linked-service.ts';
export { type PaymentSimulatorOptions, startPayment } from './ministries/payment.ts';
export {
  type PopulationSimulatorOptions,
  type SimulatedCitizen,
  startPopulation,
} from './ministries/population.ts';
export { startVnpost } from './ministries/vnpost.ts';
export {
  type NationalPortalB,
  type NationalPortalBSimulatorOptions,
  startNationalPortalB,
} from './portal/generation-b.ts';
export {
  type NationalPortal,
  type NationalPortalOptions,
  type PortalHolding,
  startNationalPortal,
} from './portal/national-portal.ts';
export {
  isSimulatorName,
  type RunningSimulator,
  type RunSimulatorOptions,
  runSimulator,
  SIMULATOR_NAMES,
  type SimulatorName,
} from './run.ts';
