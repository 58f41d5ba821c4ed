/**
 * Certificate policies. RFC 5280 §6.1 describes a tree that grows exponentially with mappings; this is the equivalent
 * graph of RFC 9618, whose size is linear in the policies of the path.
 */
import { ANY_POLICY } from '../extensions.ts';

interface PolicyNode {
  readonly policy: string;
  expected: Set<string>;
  readonly parents: Set<PolicyNode>;
}

type Level = Map<string, PolicyNode>;

/** `valid_policy_graph`: one map per certificate, the anchor's first. Null once no policy is left. */
export interface PolicyGraph {
  levels: Level[] | null;
}

/** The graph before the first certificate: anyPolicy alone. */
export function newPolicyGraph(): PolicyGraph {
  const root: PolicyNode = { policy: ANY_POLICY, expected: new Set([ANY_POLICY]), parents: new Set() };
  return { levels: [new Map([[ANY_POLICY, root]])] };
}

function last(levels: readonly Level[]): Level {
  return levels.at(-1) ?? new Map();
}

function expecting(level: Level): Map<string, Set<PolicyNode>> {
  const index = new Map<string, Set<PolicyNode>>();
  for (const node of level.values()) {
    for (const policy of node.expected) index.set(policy, (index.get(policy) ?? new Set()).add(node));
  }
  return index;
}

/** Deletes nodes without children, from the bottom up (RFC 5280 §6.1.3 (d)(3)). */
function prune(graph: PolicyGraph): void {
  const { levels } = graph;
  if (levels === null) return;
  for (let depth = levels.length - 1; depth > 0; depth -= 1) {
    const used = new Set<PolicyNode>();
    for (const node of levels[depth]?.values() ?? []) for (const parent of node.parents) used.add(parent);
    for (const [policy, node] of levels[depth - 1] ?? [])
      if (!used.has(node)) levels[depth - 1]?.delete(policy);
  }
  if (levels.some((level) => level.size === 0)) graph.levels = null;
}

/**
 * Adds the policies of one certificate (RFC 9618 §5, replacing RFC 5280 §6.1.3 (d), (e)).
 * @param policies null when the certificate has no policy extension.
 * @param anyAllowed whether anyPolicy in it may be used.
 */
export function addPolicies(
  graph: PolicyGraph,
  policies: readonly string[] | null,
  anyAllowed: boolean,
): void {
  const { levels } = graph;
  if (levels === null) return;
  if (policies === null) {
    graph.levels = null;
    return;
  }
  const above = last(levels);
  const expected = expecting(above);
  const anyAbove = above.get(ANY_POLICY);
  const level: Level = new Map();
  for (const policy of policies) {
    if (policy === ANY_POLICY) continue;
    const parents = expected.get(policy) ?? (anyAbove === undefined ? undefined : new Set([anyAbove]));
    if (parents !== undefined) level.set(policy, { policy, expected: new Set([policy]), parents });
  }
  if (anyAllowed && policies.includes(ANY_POLICY)) {
    for (const [policy, parents] of expected) {
      if (!level.has(policy)) level.set(policy, { policy, expected: new Set([policy]), parents });
    }
  }
  levels.push(level);
  prune(graph);
}

/**
 * Applies the mappings of an intermediate certificate (RFC 5280 §6.1.4 (b)).
 * @param allowed false once policy mapping is inhibited: mapped policies are then dropped.
 */
export function mapPolicies(
  graph: PolicyGraph,
  mappings: readonly { issuer: string; subject: string }[],
  allowed: boolean,
): void {
  const { levels } = graph;
  if (levels === null || mappings.length === 0) return;
  const level = last(levels);
  const targets = new Map<string, Set<string>>();
  for (const { issuer, subject } of mappings)
    targets.set(issuer, (targets.get(issuer) ?? new Set()).add(subject));
  const any = level.get(ANY_POLICY);
  for (const [issuer, subjects] of targets) {
    const node = level.get(issuer);
    if (!allowed) level.delete(issuer);
    else if (node !== undefined) node.expected = subjects;
    else if (any !== undefined)
      level.set(issuer, { policy: issuer, expected: subjects, parents: new Set(any.parents) });
  }
  prune(graph);
}

/** The two answers of RFC 5280 §6.1.6. */
export interface PolicySets {
  readonly authority: readonly string[];
  readonly user: readonly string[];
}

/** Computes both constrained policy sets (RFC 9618 §5.5 for §6.1.5 (g)). */
export function policySets(graph: PolicyGraph, initial: readonly string[]): PolicySets {
  const found = new Set<string>();
  for (const level of graph.levels?.slice(1) ?? []) {
    for (const node of level.values()) {
      const underAny = [...node.parents].some((parent) => parent.policy === ANY_POLICY);
      if (node.policy !== ANY_POLICY && underAny) found.add(node.policy);
    }
  }
  const anyLeft = graph.levels !== null && last(graph.levels).has(ANY_POLICY);
  const authority = anyLeft ? [...found, ANY_POLICY] : [...found];
  if (initial.includes(ANY_POLICY)) return { authority, user: authority };
  return { authority, user: initial.filter((policy) => anyLeft || found.has(policy)) };
}
