/** Compose: the rows of packages about to be kept; one whose files are checked already is routed on the spot. */
import { CHAIN_START, chainEvents, type NewEvent } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  type EventRow,
  findBusyOrders,
  type NewDelivery,
  newId,
  nextPositions,
  type OutboxMessage,
  type PackageRow,
  type Queries,
  together,
} from '../../store/index.ts';
import type { Intake } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { deliveryMessage, GATEWAY_SYSTEM, INBOX_SYSTEM, processMessage } from '../routing.ts';
import { packageStateOf } from '../status/package-state.ts';
import { arbiterFor, type Fate, type Hold, NO_FATE, SIGNATURE_REFUSED } from './arrival.ts';
import { routeEvent } from './route.ts';
import { verdictEvent } from './verify.ts';

/** Everything of one package that is written when it is kept. */
export interface Composed {
  readonly intake: Intake;
  readonly row: PackageRow;
  readonly deliveries: readonly DeliveryRow[];
  readonly events: readonly EventRow[];
  readonly messages: readonly OutboxMessage[];
  /** Those of the deliveries that are leased for this process and go out from memory. */
  readonly direct: readonly DeliveryRow[];
  /** A status that this process goes on with at once; nothing announces it but the sweep, should the process die. */
  readonly goesOnHere: boolean;
}

/** Composes a batch. What needs the database (inbox positions, what must go out before) is asked once for all of it. */
export async function composePackages(
  x: Exchange,
  tx: Queries,
  intakes: readonly Intake[],
  now: number,
): Promise<Composed[]> {
  const begun = intakes.map((intake) => {
    const row = packageRow(intake, now);
    return { intake, row, deliveries: intake.deliveries(row) };
  });
  const checked = begun.filter(({ intake }) => intake.checked !== undefined);
  const arbiter = await arbiterFor(
    x,
    tx,
    // Only inboxes have policies of their own.
    checked.flatMap(({ deliveries }) =>
      deliveries.flatMap(({ system, recipient }) => (system === INBOX_SYSTEM ? recipient : [])),
    ),
  );
  const fates = new Map<string, Fate>();
  for (const { intake, row, deliveries } of checked)
    for (const delivery of deliveries) fates.set(delivery.id, arbiter(row, delivery, intake.checked ?? []));
  const goesOn = ({ id }: NewDelivery): boolean => fates.get(id)?.hold == null;
  // An inbox position taken for a delivery that is held would be a gap.
  const going = checked.flatMap(({ deliveries }) => deliveries.filter(goesOn));
  const router = await prepareRouter(x, tx, going, now);
  let statuses = 0;
  return begun.map(({ intake, row, deliveries }) => {
    if (intake.checked === undefined) {
      const goesOnHere = row.kind === 'status' && x.lanes.hasRoom(GATEWAY_SYSTEM, row.urgency, statuses);
      if (goesOnHere) statuses += 1;
      const messages = goesOnHere ? [] : [processMessage(row)];
      return { ...finish(intake, row, deliveries, [], messages, now), goesOnHere };
    }
    return routed(intake, row, deliveries, router, (delivery) => fates.get(delivery.id) ?? NO_FATE, now);
  });
}

/** Decides about one delivery of a checked package. */
type Router = (delivery: NewDelivery, hold: Hold | null) => DeliveryRow;

async function prepareRouter(
  x: Exchange,
  tx: Queries,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<Router> {
  const local = deliveries.filter(({ system }) => system === INBOX_SYSTEM);
  const remote = deliveries.filter(({ system }) => system !== INBOX_SYSTEM);
  const [numbers, busy] = await together(
    nextPositions(tx, local),
    findBusyOrders(tx, [...new Set(remote.map((delivery) => delivery.order_key))]),
  );
  const positions = new Map(local.map(({ id }, index) => [id, numbers[index] ?? null]));
  const taken = new Map<string, number>();

  /** Room in the counterparty's lane, and nothing unsent before it in its order. */
  function mayGoNow({ system, urgency, order_key }: NewDelivery): boolean {
    const order = `${order_key} ${system}`;
    const lane = `${system}.${urgency}`;
    const already = taken.get(lane) ?? 0;
    const isFree =
      !busy.has(order) && x.counterparties.has(system) && x.lanes.hasRoom(system, urgency, already);
    busy.add(order);
    if (isFree) taken.set(lane, already + 1);
    return isFree;
  }

  return (delivery, hold) => {
    const row = delivery as DeliveryRow;
    if (hold !== null) return { ...row, state: 'parked', reason_code: hold.code, reason: hold.vi };
    if (row.system === INBOX_SYSTEM)
      return { ...row, state: 'available', seq: positions.get(row.id) ?? null };
    if (!mayGoNow(delivery)) return { ...row, state: 'queued', next_attempt_at: now + x.settings.redriveMs };
    return {
      ...row,
      state: 'sending',
      attempts: 1,
      first_tried_at: now,
      lease_owner: x.owner,
      lease_until: now + x.settings.leaseMs,
    };
  };
}

function routed(
  intake: Intake,
  row: PackageRow,
  deliveries: readonly NewDelivery[],
  router: Router,
  fateOf: (delivery: NewDelivery) => Fate,
  now: number,
): Composed {
  const { checked = [] } = intake;
  const fates = deliveries.map(fateOf);
  const rows = deliveries.map((delivery, index) => router(delivery, fates[index]?.hold ?? null));
  const events = [
    ...checked.map(verdictEvent),
    ...fates.flatMap((fate) => fate.events),
    ...rows.map((delivery, index) => routeEvent(delivery, fates[index]?.hold ?? null)),
  ];
  const state = packageStateOf(rows.map((delivery) => delivery.state));
  const messages = rows
    .filter((delivery) => delivery.state === 'queued')
    .map((delivery) => deliveryMessage(row, delivery));
  const refused = rows.some((delivery) => delivery.reason_code === SIGNATURE_REFUSED);
  return finish(
    intake,
    { ...row, state },
    rows,
    events,
    refused ? [...messages, processMessage(row)] : messages,
    now,
  );
}

function finish(
  intake: Intake,
  row: PackageRow,
  deliveries: readonly NewDelivery[],
  more: readonly NewEvent[],
  messages: readonly OutboxMessage[],
  now: number,
): Composed {
  const accepted: NewEvent = {
    type: 'accepted',
    actor: intake.actor,
    data: { origin: intake.origin, sha256: intake.payloadSha256, sizeBytes: intake.size },
  };
  const events = [accepted, ...(intake.events ?? []), ...more];
  const chained = chainEvents(row.id, { seq: 0, hash: CHAIN_START }, events, now);
  const rows = deliveries as readonly DeliveryRow[];
  return {
    intake,
    row: { ...row, event_seq: chained.seq, event_head: chained.hash },
    deliveries: rows,
    events: chained.rows,
    messages,
    direct: rows.filter((delivery) => delivery.state === 'sending'),
    goesOnHere: false,
  };
}

function packageRow(intake: Intake, now: number): PackageRow {
  return {
    id: newId('pkg', now),
    kind: intake.kind,
    sender: intake.sender,
    sender_name: intake.senderName,
    origin: intake.origin,
    document_id: intake.documentId,
    document_key: intake.documentKey,
    request_sha256: intake.requestSha256,
    payload_sha256: intake.payloadSha256,
    size: intake.size,
    subject: intake.subject,
    code: intake.code,
    priority: intake.priority,
    urgency: intake.urgency,
    state: 'accepted',
    metadata: JSON.stringify(intake.metadata),
    correlates: intake.correlates ?? null,
    further_of: intake.furtherOf ?? null,
    dossier_code: intake.dossierCode ?? null,
    accepted_at: now,
    updated_at: now,
    event_seq: 0,
    event_head: CHAIN_START,
    payload_removed_at: null,
  };
}
