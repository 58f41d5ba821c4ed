/** Who makes a VXP call: the signed headers checked, and the agencies the system may speak for in every code they have. */
import type { Request, Response } from 'express';
import {
  type VxpAnswerBody,
  VxpRequestError,
  verifyVxpRequest,
  vxpAnswer,
} from '../../../connectors/index.ts';
import { findVxpSystem, type VxpSystem } from '../../access/index.ts';
import { agenciesRegisteredBy, codesOfEach } from '../../directory/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { createReplayMemory } from './replays.ts';

/** Sends an answer of the protocol. */
export function answer(res: Response, body: VxpAnswerBody): void {
  res.type('application/json').send(vxpAnswer.json(body));
}

/** An authenticated request. */
export interface Authenticated {
  readonly system: VxpSystem;
  /** Signed arguments by name, without prefix. */
  readonly args: Record<string, string>;
}

/** Makes the check of one gateway. @throws VxpRequestError from what it returns. */
export function authenticator(deps: GatewayDeps): (req: Request) => Promise<Authenticated> {
  const { x, config, sealer } = deps;
  const zoneOffsetsMinutes = zonesOf(config.vxpZones);
  const replays = createReplayMemory(
    config.vxpWindowSeconds * 1000,
    zoneOffsetsMinutes.map((zone) => zone * 60_000),
  );
  return async (req) => {
    const systemId = String(req.headers['xroadvnpt-systemid'] ?? '');
    const system = await findVxpSystem(x.store.read, sealer, systemId);
    const windowMs = (system?.windowSeconds ?? config.vxpWindowSeconds) * 1000;
    const { args } = verifyVxpRequest({
      headers: req.headersDistinct,
      secretFor: () => system?.secret,
      now: new Date(x.now()),
      windowMs,
      zoneOffsetsMinutes,
      seenNonce: (_, code) => replays.isReplay(code, x.now(), windowMs),
    });
    if (system === null) throw new VxpRequestError('VXP_SYSTEM_UNKNOWN');
    const registered = await agenciesRegisteredBy(x.store.read, system.id);
    // It may have been registered under either generation of its agencies' codes.
    const named = [...system.agencies, ...registered];
    const agencies = named.flatMap(await codesOfEach(x.store.read, named));
    return { system: { ...system, agencies: [...new Set(agencies)] }, args: withKnownNames(args) };
  };
}

/** Arguments as this server reads them. */
const ARGUMENTS = [
  'docId',
  'status',
  'hash-file',
  'fromDate',
  'toDate',
  'pageSize',
  'pageIndex',
  'level',
  'AgencyCode',
];

/**
 * They travel as headers, whose names have no case: systems that are not the SDK sign `docid` or `DocId`. And `messagetype` is a word
 * of two, not a text.
 */
function withKnownNames(args: Readonly<Record<string, string>>): Record<string, string> {
  const bySmall = new Map(Object.entries(args).map(([name, value]) => [name.toLowerCase(), value]));
  const known: Record<string, string> = { ...args };
  for (const name of ARGUMENTS) {
    const value = args[name] ?? bySmall.get(name.toLowerCase());
    if (value !== undefined) known[name] = value;
  }
  const messageType = bySmall.get('messagetype');
  if (messageType !== undefined) known['messagetype'] = messageType.trim().toLowerCase();
  return known;
}

/** `+07:00,+00:00` as minutes east of UTC. */
function zonesOf(text: string): number[] {
  return text.split(',').map((zone) => {
    const [, sign, hours, minutes] = /^ *([+-])(\d\d):(\d\d) *$/.exec(zone) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  });
}
