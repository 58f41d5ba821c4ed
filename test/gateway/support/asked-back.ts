/** A document that is asked back, as its sender and its recipient see it over the API. */
import type { Answer, Api, DeliverySeen } from './api.ts';
import { eventually } from './eventually.ts';

/** A delivery, and what became of the newest request about it. */
export type AskedSeen = DeliverySeen & { recall: string | null };

/** Looks through the eyes of two agencies, which are asked for when they are there. */
export function seenBy(sender: () => Api, recipient: () => Api) {
  return {
    /** The sender's view of what goes to `to`, once it is as wanted. */
    async delivery(id: string, to: string, done: (one: AskedSeen) => boolean): Promise<AskedSeen> {
      const seen = await eventually(
        async () =>
          ((await sender().package(id)).deliveries as AskedSeen[]).find((one) => one.recipient === to),
        (one) => one !== undefined && done(one),
      );
      return seen as AskedSeen;
    },
    /** What the recipient finds in its inbox, once it is there. */
    async inboxItem(documentId: string, kind = 'document'): Promise<Record<string, string>> {
      const found = await eventually(
        async () =>
          (await recipient().inbox(`?kind=${kind}&limit=500`)).items.find(
            (one) => one['documentId'] === documentId,
          ),
        (one) => one !== undefined,
      );
      return found as Record<string, string>;
    },
    /** The recipient's status on it. */
    say: (item: Record<string, string>, statusCode: string): Promise<Answer> =>
      recipient().postJson(`/api/v1/inbox/${item['deliveryId']}/statuses`, { statusCode }),
  };
}
