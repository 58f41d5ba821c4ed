/** Dossiers that were handed in at an outside system and wait there for us. */

import { ConnectorError } from '../../../connectors/index.ts';
import { acceptDossier } from '../dossier/accept.ts';
import { ExchangeError } from '../errors.ts';
import type { Counterparty, Exchange } from '../ports.ts';

/**
 * Takes in everything that waits; the system is told so by the delivery that follows, so a crash in between only means seeing
 * it again. One that cannot be read holds up no other. @returns how many were new
 */
export async function takeNewDossiers(
  x: Exchange,
  system: Counterparty,
  signal: AbortSignal,
): Promise<number> {
  if (system.newDossiers === undefined || x.gates.look(system.system, x.now()) !== null) return 0;
  let taken = 0;
  for await (const waiting of system.newDossiers()) {
    if (signal.aborted) break;
    const submitter = { origin: system.system, actor: `system:${system.system}`, maySendFor: () => true };
    const key = { scope: `intake:${system.system}`, key: waiting.key };
    try {
      const { repeated } = await acceptDossier(x, await waiting.read(), [], submitter, key);
      taken += repeated ? 0 : 1;
    } catch (cause) {
      if (!(cause instanceof ExchangeError) && !(cause instanceof ConnectorError)) throw cause;
      x.log.warn(
        { code: cause.code, system: system.system, id: waiting.key },
        'a dossier that waits outside could not be taken in',
      );
    }
  }
  return taken;
}
