/** Kinds of change to a PDF after a signature, in one list: whoever puts them into words has one for each. */

/**
 * All kinds, as reports name them. `annotation-` and `form-` ones depend on what the signature permits; what each allows stands
 * where it is found.
 */
export const CHANGE_KINDS = [
  'action-added',
  'annotation-added',
  'annotation-changed',
  'annotation-removed',
  'catalog-renumbered',
  'certification-added',
  'content-changed',
  'document-information-changed',
  'document-timestamp-added',
  'drawing-order-changed',
  'dss-added',
  'extensions-changed',
  'form-appearance-changed',
  'form-field-added',
  'form-field-changed',
  'form-field-locked',
  'form-field-removed',
  'form-filled',
  'form-redrawn',
  'form-removed',
  'form-resources-changed',
  'hidden-object-redefined',
  'metadata-changed',
  'object-unreadable',
  'orphan-object-added',
  'page-tree-changed',
  'revision-added',
  'shared-appearance-replaced',
  'signature-added',
  'signature-field-added',
  'signature-shown-twice',
  'signed-content-covered',
  'structure-ambiguous',
  'structure-unreadable',
  'tags-added',
  'trailing-bytes',
  'trailing-space',
  'unexplained-bytes',
  'version-changed',
] as const;

/** One of {@link CHANGE_KINDS}. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];
