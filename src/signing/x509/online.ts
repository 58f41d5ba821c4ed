/** Evidence and issuers asked of a source, in rounds, each judged with everything that was at hand before. */
import type { IssuerSource, RevocationSource } from '../ports.ts';
import { type Certificate, tryCertificate } from './certificate.ts';
import { type RevocationStatus, tryCrl, tryOcsp } from './revocation/index.ts';
import type { Judged, Material } from './validate.ts';

function present<T>(items: readonly (T | null)[]): T[] {
  return items.filter((item) => item !== null);
}

/**
 * Whether a source can tell more than the evidence at hand: nothing is known, or what is known was issued before the
 * time asked about, so that a revocation since then would not show in it.
 */
function wantsEvidence(state: RevocationStatus, at: number): boolean {
  if (state.status === 'unknown') return true;
  return state.status === 'good' && state.issuedAt !== null && state.issuedAt < at;
}

type EvidenceKind = 'ocsps' | 'crls';

/** Asks for one kind of evidence about the certificates of a path that want it. True when it had any that is new. */
async function fetchEvidence(
  material: Material,
  judged: Judged,
  source: RevocationSource,
  kind: EvidenceKind,
): Promise<boolean> {
  const { anchor, path } = judged.candidate;
  const wanting = path.filter((_certificate, index) => {
    const state = judged.states[index];
    return state !== undefined && wantsEvidence(state, material.inputs.at);
  });
  const fetched = await Promise.all(
    wanting.map((certificate) =>
      source[kind]((path[path.indexOf(certificate) - 1] ?? anchor).der, certificate.der),
    ),
  );
  const ders = fetched.flat();
  const before = material.ocsps.length + material.crls.length;
  const seen = new Set([...material.ocsps, ...material.crls].map((item) => item.der));
  const fresh = ders.filter((der) => !seen.has(der));
  if (kind === 'ocsps') material.ocsps = [...material.ocsps, ...present(fresh.map(tryOcsp))];
  else material.crls = [...material.crls, ...present(fresh.map(tryCrl))];
  material.signers.clear();
  return material.ocsps.length + material.crls.length > before;
}

function isOpen(judged: Judged): boolean {
  return judged.fault === null || judged.fault.code === 'REVOCATION_UNKNOWN';
}

/** OCSP first, lists where it left something unknown; what the source says is judged with everything else. */
export async function judgeOnline(
  material: Material,
  source: RevocationSource,
  again: () => Judged | null,
  offline: Judged,
): Promise<Judged> {
  let best = offline;
  for (const kind of ['ocsps', 'crls'] as const) {
    const isWanted = best.states.some((state) => wantsEvidence(state, material.inputs.at));
    if (!isOpen(best) || !isWanted) break;
    if (kind === 'crls' && best.fault === null && best !== offline) break;
    if (await fetchEvidence(material, best, source, kind)) best = again() ?? best;
  }
  return explained(best, source);
}

/** Adds why the source had nothing to the detail of an unknown state. */
function explained(judged: Judged, source: RevocationSource): Judged {
  const { fault, candidate } = judged;
  const certificate = fault === null ? undefined : candidate.path[fault.index];
  if (fault?.code !== 'REVOCATION_UNKNOWN' || certificate === undefined) return judged;
  const why = source.why?.(certificate.der) ?? null;
  return why === null ? judged : { ...judged, fault: { ...fault, detail: `${fault.detail} [${why}]` } };
}

/** Issuers fetched while a path is missing. */
const MAX_ISSUER_ROUNDS = 4;

/** Fetches issuers upwards from the target until a path shows or nothing new comes. */
export async function pathWithIssuers(
  material: Material,
  issuers: IssuerSource,
  again: () => Judged | null,
  poolChanged: () => void,
): Promise<Judged | null> {
  let tips: readonly Certificate[] = [material.target];
  for (let round = 0; round < MAX_ISSUER_ROUNDS && tips.length > 0; round += 1) {
    const fetched = (await Promise.all(tips.map((tip) => issuers.issuers(tip.der)))).flat();
    const known = new Set(material.pool.map((item) => item.fingerprint));
    const fresh = present(fetched.map(tryCertificate)).filter((item) => !known.has(item.fingerprint));
    if (fresh.length === 0) return null;
    material.pool = [...material.pool, ...fresh];
    poolChanged();
    const found = again();
    if (found !== null) return found;
    tips = fresh.filter((item) => !item.selfIssued);
  }
  return null;
}
