import type { JsonClientOptions } from '../json-client.ts';

/** Settings of the linked public services (DVCLT): birth, residence and insurance card in one; death, residence and allowance in one. */
export interface LinkedServiceClientOptions extends JsonClientOptions {
  username: string;
  password: string;
  /** Default `/api/token`. */
  tokenPath?: string;
  /** Default `/api/lienthongdvclt`. */
  basePath?: string;
}

/** KS birth (TTHC 2.002621), KT death (2.002622). */
export type LinkedModule = 'KS' | 'KT';

/** A linked dossier that waits for us. */
export interface LinkedDossier {
  linkedCode: string;
  procedureCode: string;
  module: LinkedModule;
  /** XML with the node `hoTich`, dates yyyyMMdd; only from `detail`. */
  payload?: string;
}

/** One state told back. */
export interface LinkedStatus {
  procedureCode: string;
  linkedCode: string;
  agency: string;
  dossierCode: string;
  /** 2 more papers, 3 at work, 4 done, 5 handed over, 6 refused, 7 passed on to the Ministry of Justice. */
  state: 2 | 3 | 4 | 5 | 6 | 7;
  at: Date;
  note?: string;
  handler: string;
  handlerTitle?: string;
  department?: string;
  content: string;
}

/** Client of the service. Throws ConnectorError. */
export interface LinkedServiceClient {
  list(module: LinkedModule): Promise<LinkedDossier[]>;
  detail(module: LinkedModule, linkedCode: string): Promise<LinkedDossier>;
  /** Says that a dossier was taken over; repeating it changes nothing. */
  markReceived(linkedCode: string): Promise<void>;
  tellStatus(status: LinkedStatus): Promise<void>;
}
