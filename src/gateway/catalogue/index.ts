/** The portal's catalogues, mirrored: searched without diacritics, versioned, with what changed since a day. */
export { type CatalogueKind, type CatalogueSource, type MirrorReport, mirrorCatalogue } from './mirror.ts';
export { createProcedureSearch, type Found, type ProcedureSearch } from './search.ts';
