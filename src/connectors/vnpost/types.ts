import type { JsonClientOptions } from '../json-client.ts';

/** Settings of the collection service of Vietnam Post (BCCI). */
export interface VnpostClientOptions extends JsonClientOptions {
  /** `CustomerCode` given to the agency. */
  customerCode: string;
  /** Sent as `ApiKey`. */
  apiKey: string;
  /** Default `/orders`. */
  orderPath?: string;
  /** Default `/tracking`. */
  trackingPath?: string;
}

/** One end of a delivery. Province and district are numbers of the General Statistics Office. */
export interface PostalEnd {
  provinceCode: number;
  districtCode?: number;
  address: string;
  name: string;
  phone: string;
  email?: string;
}

/** An order to fetch papers or bring a result. */
export interface VnpostOrder {
  /** Unique at the customer: the post takes each number once. */
  orderNumber: string;
  sender: PostalEnd;
  receiver: PostalEnd;
  codAmountVnd: number;
  description: string;
}

/** Where an order is: 1 ordered, 2 picked up, 3 on its way, 4 delivered, 5 not delivered. */
export interface VnpostTracking {
  state: 1 | 2 | 3 | 4 | 5;
  itemCode: string;
  at: string;
}

/** Client of the post. Throws ConnectorError. */
export interface VnpostClient {
  order(order: VnpostOrder): Promise<{ itemCode: string; existed: boolean }>;
  /** Undefined for an order the post does not know. */
  track(orderNumber: string): Promise<VnpostTracking | undefined>;
}
