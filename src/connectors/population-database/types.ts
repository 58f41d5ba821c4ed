import type { HttpOptions } from '../http.ts';

/** Settings of the national population database (C06), reached over SOAP 1.1 through the X-Road style gateway of §3.4. */
export interface PopulationClientOptions extends HttpOptions {
  /** Address of the service. */
  url: string;
  /** `X-Road-Client`. */
  clientId: string;
  apiKey: string;
  username: string;
  /** Goes into `Authorization` as SHA-256 of address, user, time and itself. */
  secret: string;
  /** `MaTichHop`. Default `037`. */
  integrationCode?: string;
  /** `MaDVC`. Default `VPCP`. */
  serviceCode?: string;
  now?: () => Date;
}

/** Who is asked about, and by whom. */
export interface CitizenQuery {
  /** Unique per question, for the record on both sides. */
  requestId: string;
  officer: { id: string; unit: string; account: string };
  citizen: {
    /** 12 digits. */
    personalNumber: string;
    fullName: string;
    /** yyyy-MM-dd, or yyyy when only the year is known. */
    born: string;
  };
}

/** What the database tells of a citizen; only what it answered. */
export interface Citizen {
  personalNumber: string;
  fullName: string;
  born?: string;
  gender?: string;
  permanentAddress?: string;
}

/** Client of the database. Throws ConnectorError. */
export interface PopulationClient {
  /** `TraCuuThongTinCongDan`; undefined when the three facts fit nobody. */
  find(query: CitizenQuery): Promise<Citizen | undefined>;
  /** `XacThucThongTinCongDan`: do number, name and birth belong together? */
  matches(query: CitizenQuery): Promise<boolean>;
}
