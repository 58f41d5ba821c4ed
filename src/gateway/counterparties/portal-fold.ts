/** A dossier as all messages up to one make it: the portal keeps the last full row, so each push carries everything known. */
import type { DossierBody, DossierMessage, DossierState } from '../../packages/index.ts';

type Whole = DossierBody & { finishedAt?: string };

/** Applies the messages in order to the first, which must be the dossier itself; null without one. */
export function foldDossier(messages: readonly DossierMessage[]): Whole | null {
  const [first, ...rest] = messages;
  if (first?.kind !== 'dossier') return null;
  return rest.reduce(apply, first.body);
}

function apply(dossier: Whole, message: DossierMessage): Whole {
  switch (message.kind) {
    case 'dossier':
      return message.body;
    case 'progress':
      return { ...dossier, state: message.body.steps.at(-1)?.state ?? dossier.state };
    case 'supplement': {
      const { body } = message;
      const others = (dossier.supplements ?? []).filter((known) => known.requestId !== body.requestId);
      return {
        ...dossier,
        state: body.completed ? 4 : 5,
        supplements: [...others, body],
        ...(body.newDueAt === undefined ? {} : { dueAt: body.newDueAt }),
        components: [...(dossier.components ?? []), ...(body.completed ? (body.papers ?? []) : [])],
      };
    }
    case 'fee':
      return { ...dossier, state: 6, fees: [...(dossier.fees ?? []), ...message.body.fees] };
    case 'payment':
      return message.body.outcome === 1
        ? { ...dossier, onlinePayment: 1, state: dossier.state === 6 ? (4 as DossierState) : dossier.state }
        : dossier;
    case 'result': {
      const { state, decidedAt, returnedAt, returnInfo, results = [] } = message.body;
      return {
        ...dossier,
        state,
        finishedAt: dossier.finishedAt ?? decidedAt,
        ...(returnedAt === undefined ? {} : { returnedAt }),
        ...(returnInfo === undefined ? {} : { returnInfo }),
        ...(state === 3 ? { rejectedAt: decidedAt } : {}),
        results: [...(dossier.results ?? []), ...results],
      };
    }
    default:
      return dossier;
  }
}
