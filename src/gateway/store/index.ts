export * from './batch.ts';
export * from './blobs/disk.ts';
export { type MoveResult, moveBlobs } from './blobs/move.ts';
export * from './blobs/open.ts';
export { isAway } from './blobs/outage.ts';
export type { Blob, BlobState, BlobStore, BlobWriter, HeldFile } from './blobs/port.ts';
export * from './database.ts';
export * from './dossiers/catalogue.ts';
export * from './dossiers/indicators.ts';
export * from './dossiers/news.ts';
export * from './dossiers/paper.ts';
export { findDurabilityGaps } from './durability.ts';
export * from './errors.ts';
export * from './faults.ts';
export * from './files/large.ts';
export { createFileSink, type FileSink } from './files/sink.ts';
export * from './folder-lock.ts';
export * from './ids.ts';
export { SCHEMA_VERSION } from './migrations.ts';
export * from './pages/arrivals.ts';
export { findPackagePage, type PackagePage } from './pages/package-page.ts';
export {
  indexOlder,
  indexPackages,
  isIndexComplete,
  noteIndexComplete,
  type SearchPage,
  searchPackages,
} from './pages/search.ts';
export * from './retention/expired.ts';
export * from './retention/references.ts';
export { type BucketAddress, readBucketAddress } from './s3/address.ts';
export type * from './schema.ts';
export * from './scratch.ts';
export * from './signing/completions.ts';
export * from './signing/new-completion.ts';
export * from './signing/queries.ts';
export type * from './signing/schema.ts';
export { together } from './sql/transactions.ts';
export { inPieces } from './sql/values.ts';
export * from './tables/answers.ts';
export * from './tables/arrival-policies.ts';
export * from './tables/backlog.ts';
export * from './tables/counterparties.ts';
export * from './tables/deliveries.ts';
export * from './tables/dossiers.ts';
export * from './tables/heads.ts';
export * from './tables/inbox.ts';
export * from './tables/leases.ts';
export * from './tables/ocr-jobs.ts';
export * from './tables/outbox.ts';
export * from './tables/packages.ts';
