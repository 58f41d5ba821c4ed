import { createJsonClient, refusalOf } from '../json-client.ts';
import { orderAnswer, trackingAnswer } from './schema.ts';
import type { PostalEnd, VnpostClient, VnpostClientOptions } from './types.ts';

/** Client of Vietnam Post. One attempt per call. */
export function createVnpostClient(options: VnpostClientOptions): VnpostClient {
  const client = createJsonClient('vnpost', options);
  const headers = { ApiKey: options.apiKey };
  return {
    async order(order) {
      const operation = 'Order';
      client.refuseFaults(operation, [
        ['OrderNumber', order.orderNumber === ''],
        ['Sender', isIncomplete(order.sender)],
        ['Receiver', isIncomplete(order.receiver)],
        ['CODAmount', !Number.isSafeInteger(order.codAmountVnd) || order.codAmountVnd < 0],
      ]);
      const body = {
        CustomerCode: options.customerCode,
        ItemCode: '',
        OrderNumber: order.orderNumber,
        CODAmount: order.codAmountVnd,
        Sender: toWire(order.sender),
        Receiver: toWire(order.receiver),
        Description: order.description,
        FlagConfig: 1,
      };
      const path = options.orderPath ?? '/orders';
      const answer = await client.call({ operation, path, body, headers, schema: orderAnswer });
      const itemCode = answer.ItemCode || answer.Message;
      if (answer.Status === 1 || answer.Status === 2) return { itemCode, existed: answer.Status === 2 };
      throw refusalOf(client.http, operation, String(answer.Status), answer.Message);
    },
    async track(orderNumber) {
      const operation = 'Tracking';
      const path = `${options.trackingPath ?? '/tracking'}?customerCode=${encodeURIComponent(options.customerCode)}&orderNumber=${encodeURIComponent(orderNumber)}`;
      const answer = await client.call({ operation, method: 'GET', path, headers, schema: trackingAnswer });
      if (answer.Status === 0 || !answer.Data) return undefined;
      return { state: answer.Data.State, itemCode: answer.Data.ItemCode, at: answer.Data.Time };
    },
  };
}

function isIncomplete(end: PostalEnd): boolean {
  return end.name === '' || end.phone === '' || end.address === '' || !Number.isInteger(end.provinceCode);
}

function toWire(end: PostalEnd): Record<string, unknown> {
  return {
    Province: end.provinceCode,
    District: end.districtCode ?? 0,
    Address: end.address,
    Name: end.name,
    Email: end.email ?? '',
    Tel: end.phone,
    Desc: '',
  };
}
