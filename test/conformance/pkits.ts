/** NIST PKITS: paths, CRLs and policy inputs through `validateCertificate`. */
import { readCertificates, validateCertificate } from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun, readCases, readFiles } from './kit.ts';

interface PkitsCase {
  readonly id: string;
  readonly variant: number;
  readonly leaf: string;
  readonly trustAnchor: string;
  readonly intermediates: readonly string[];
  readonly crls: readonly string[];
  readonly params: {
    readonly initialPolicySet: readonly string[];
    readonly initialExplicitPolicy: boolean;
    readonly initialPolicyMappingInhibit: boolean;
    readonly initialAnyPolicyInhibit: boolean;
  };
  readonly expected: 'valid' | 'invalid';
  readonly validationTime: string;
}

/** Judges the kit. */
export async function runPkits(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  return eachCase(readCases<PkitsCase>(dir), run, (item) =>
    attempt(`${item.id}/${item.variant}`, item.expected, async () => {
      const result = await validateCertificate({
        target: readFiles(dir, [item.leaf]).flatMap(readCertificates)[0] ?? new Uint8Array(0),
        trust: readFiles(dir, [item.trustAnchor]).flatMap(readCertificates),
        intermediates: readFiles(dir, item.intermediates).flatMap(readCertificates),
        crls: readFiles(dir, item.crls),
        at: new Date(item.validationTime),
        initialPolicies: item.params.initialPolicySet,
        requireExplicitPolicy: item.params.initialExplicitPolicy,
        inhibitPolicyMapping: item.params.initialPolicyMappingInhibit,
        inhibitAnyPolicy: item.params.initialAnyPolicyInhibit,
      });
      const got = result.valid ? 'valid' : 'invalid';
      const met = got === item.expected;
      return { got, met, why: met ? '' : `${result.reason}: ${result.detail}` };
    }),
  );
}
