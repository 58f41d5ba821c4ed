import type { JsonClientOptions } from '../json-client.ts';

/** Settings of the national business register through NGSP; give `authorization: createLgspToken(…)`. */
export interface BusinessRegistryClientOptions extends JsonClientOptions {
  /** Default `/apiCSDLDKDN/1.0/chiTietDoanhNghiep`. */
  detailPath?: string;
}

/** An enterprise as registered. */
export interface Enterprise {
  code: string;
  taxCode: string;
  name: string;
  shortName?: string;
  foreignName?: string;
  type?: string;
  /** In the register's words, e.g. `Đang hoạt động`. */
  status?: string;
  foundedOn?: string;
  capital?: string;
  address?: string;
  representatives: string[];
}

/** Client of the register. Throws ConnectorError. */
export interface BusinessRegistryClient {
  /** Undefined for a number nobody has. */
  find(enterpriseCode: string): Promise<Enterprise | undefined>;
}
