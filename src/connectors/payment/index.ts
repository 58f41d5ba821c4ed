export { createPaymentClient, paymentChecksum } from './client.ts';
export type * from './types.ts';
