/** Tables of scans being read, and of the paper dossiers made from them. */

/** A dossier of scans: the row owns the work, the lease says which process does it. */
export interface OcrJobTable {
  id: string;
  agency: string;
  state: string;
  stage: string;
  pages: number;
  pages_done: number;
  /** JSON [{name, sha256}]. */
  inputs: string;
  result_sha256: string | null;
  pdf_sha256: string | null;
  reason_code: string | null;
  reason: string | null;
  attempts: number;
  lease_owner: string | null;
  lease_until: number | null;
  created_at: number;
  updated_at: number;
  /** 1: before all that are not. */
  urgent: number;
  /** When it was last taken up. */
  started_at: number | null;
  /** Recogniser, version and language data. */
  engine: string | null;
  /** JSON of the digitised copy, once it is made. */
  copy: string | null;
}

/** A finished page of a scan. */
export interface OcrPageTable {
  job_id: string;
  page: number;
  /** Deflated JSON, base64. */
  reading: string;
  preview_sha256: string | null;
  words: number;
  /** Words a person should look at. */
  doubtful: number;
}

/** What a person changed: a field, or one word of a page. */
export interface OcrCorrectionTable {
  job_id: string;
  /** From 1. */
  seq: number;
  at: number;
  /** Id of the token that was used. */
  actor: string;
  field: string | null;
  page: number | null;
  /** 0-based among the words of the page. */
  word: number | null;
  was: string | null;
  value: string;
}

/** A dossier handed in on paper, from its scans to its code. */
export interface PaperDossierTable {
  id: string;
  agency: string;
  /** reading, review, signing, done, refused, failed, cancelled. */
  state: string;
  procedure_code: string;
  /** JSON of what was handed in and, from `signing` on, of what is sent; personal, so sealed (`paper:<id>`). */
  data_sealed: string;
  /** JSON [{name, componentCode, file, input, jobId, copy}]: nothing of a person. */
  components: string;
  pages: number;
  pages_done: number;
  /** Fields a person has to look at. */
  open_fields: number;
  /** JSON {tokenId: {role, first, last, times}}: who saw what was read before the dossier had a timeline. */
  readers: string;
  code: string | null;
  reason_code: string | null;
  reason: string | null;
  /** JSON of faults, with their places in the request. */
  faults: string | null;
  /** Token that handed it in. */
  token_id: string;
  attempts: number;
  next_at: number;
  created_at: number;
  updated_at: number;
}
