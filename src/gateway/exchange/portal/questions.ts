/** Questions citizens asked on the portal about dossiers of ours, and the answers given there, each once on its timeline. */
import { findDossier } from '../../store/index.ts';
import { acceptAct } from '../dossier/accept.ts';
import { PORTAL_SYSTEM } from '../dossier/body.ts';
import type { CitizenQuestion, Counterparty, Exchange } from '../ports.ts';

/** A dossier code as it stands in a sentence. */
const CODE = /(?:\d{3}\.\d{2}\.\d{2}\.)?[A-K]\d{2}(?:\.\d{2,3})*-\d{6}-\d{4,7}/g;

/** Brings them in; one that names no dossier of ours is left to the portal's own list. @returns how many were new */
export async function takeQuestions(x: Exchange, portal: Counterparty): Promise<number> {
  if (portal.questions === undefined || x.gates.look(portal.system, x.now()) !== null) return 0;
  let taken = 0;
  for (const question of await portal.questions()) {
    const code = await dossierOf(x, question);
    if (code === null) continue;
    const { id, title, content, askedBy, answer } = question;
    const asked = {
      questionId: id.slice(0, 100),
      title: title.slice(0, 500),
      content: content.slice(0, 4000),
      askedBy: askedBy.slice(0, 200),
    };
    taken += await take(x, code, asked);
    if (answer !== undefined) taken += await take(x, code, { ...asked, answer: answer.slice(0, 8000) });
  }
  return taken;
}

async function take(x: Exchange, code: string, request: object): Promise<number> {
  const submitter = { origin: PORTAL_SYSTEM, actor: `system:${PORTAL_SYSTEM}`, maySendFor: () => true };
  const { repeated } = await acceptAct(x, code, 'questions', request, [], submitter);
  return repeated ? 0 : 1;
}

async function dossierOf(x: Exchange, { title, content }: CitizenQuestion): Promise<string | null> {
  for (const [code] of `${title} ${content}`.toUpperCase().matchAll(CODE))
    if ((await findDossier(x.store.read, code)) !== undefined) return code;
  return null;
}
