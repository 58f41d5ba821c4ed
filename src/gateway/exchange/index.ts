export * from './accept.ts';
export {
  ARRIVAL_RULES,
  ARRIVAL_THRESHOLDS,
  type ArrivalPolicy,
  type ArrivalRule,
  type ArrivalThreshold,
} from './checks/arrival.ts';
export * from './checks/forecast.ts';
export * from './delivery/deliver.ts';
export * from './delivery/lanes.ts';
export * from './document.ts';
export * from './dossier/accept.ts';
export { ACTS, type ActName, POST_SYSTEM } from './dossier/acts.ts';
export { PORTAL_SYSTEM } from './dossier/body.ts';
export { acceptDossierMessage } from './dossier/inbound.ts';
export { type DossierLoops, startDossierLoops } from './dossier/loops.ts';
export * from './dossier/requests.ts';
export { instantOf, type ProcedureFacts, readHeading, readRow } from './dossier/rows.ts';
export { deliverWebhooks, type WebhookSender } from './dossier/webhooks.ts';
export * from './errors.ts';
export { createGates, type Gates } from './gates/gates.ts';
export * from './gates/maintenance.ts';
export * from './intake.ts';
export * from './loops/arrivals.ts';
export * from './loops/engine.ts';
export { every } from './loops/every.ts';
export { type ClaimBuilder, INLINE_LIMIT_BYTES } from './loops/relay.ts';
export { arrivalFaults } from './loops/unreadable.ts';
export * from './metadata.ts';
export type * from './ports.ts';
export * from './reasons.ts';
export * from './recall/ask.ts';
export { isRecallable, purposeOf, type RecallPurpose } from './recall/request.ts';
export { MOST_RECIPIENTS, type RecipientDecision } from './recipients.ts';
export * from './release.ts';
export { expireStep, type Retention } from './retention/expire.ts';
export { sweepOrphans } from './retention/orphans.ts';
export * from './retention/payload.ts';
export * from './routing.ts';
export * from './status/answer.ts';
export * from './status/package-state.ts';
export * from './status/track.ts';
