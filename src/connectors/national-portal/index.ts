export { createNationalPortalClient } from './client.ts';
export { createNationalPortalClientB } from './client-b.ts';
export { dossierFaults, portalTime, progressFaults, toWireDossier, toWireProgress } from './mapping.ts';
export { portalMoves } from './moves.ts';
export type * from './types.ts';
