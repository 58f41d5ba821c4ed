/** Whom the gateway trusts: named sets of anchors, and the folder of lists beside them. */

export { type LoggedChange, readChanges, type TrustChange } from './changes.ts';
export { TrustError, type TrustErrorCode } from './errors.ts';
export { daysLeft, type ExpiryLevel, expiryLevel, WARNING_DAYS } from './expiry.ts';
export { readTrustSet, setNames, type TrustSet, watchTrustSet } from './folder.ts';
export {
  type ImportRequest,
  importCertificates,
  KNOWN_SETS,
  listEntries,
  listSets,
  matches,
  readSet,
  removeCertificate,
  type TrustEntry,
  type TrustedCertificate,
} from './sets.ts';
export { countExpiring, EXPIRY_LEVELS } from './watch.ts';
