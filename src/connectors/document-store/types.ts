import type { JsonClientOptions } from '../json-client.ts';

/** Settings of the national store of digital papers of organisations and persons (Kho dữ liệu điện tử). */
export interface DocumentStoreClientOptions extends JsonClientOptions {
  /** Default `/tra-cuu`. */
  searchPath?: string;
  /** Default `/tai-tep`. */
  filePath?: string;
}

/** Whose papers are looked for, by whom, for which procedure. */
export interface StoreQuery {
  /** 1 the owner asks, 2 an officer asks for the owner. */
  channel: 1 | 2;
  ownerId: string;
  requester: { name: string; id: string };
  procedureCode: string;
  /** Kinds of result wanted; a number narrows to one paper. */
  wanted: { resultCode: string; number?: string }[];
}

/** A paper the store holds. */
export interface StoredPaper {
  resultCode: string;
  name: string;
  number: string;
  /** Agency whose store holds the files. */
  holder: string;
  files: { name: string; path: string }[];
}

/** Client of the store. Throws ConnectorError. */
export interface DocumentStoreClient {
  find(query: StoreQuery): Promise<StoredPaper[]>;
  /** Bytes of one file of a paper found before. */
  fetchFile(holder: string, path: string): Promise<Uint8Array>;
}
