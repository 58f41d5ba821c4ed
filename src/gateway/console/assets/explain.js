/**
 * What a report means, rule by rule: each rule names the clause it comes from, and what was found. Shared by the page in the
 * browser, the page made on the server, and the PDF.
 */

/** Codes of messages that speak about a rule; a code in no list speaks about the structure. */
const RULES = [
  {
    id: 'format',
    clause: 'ETSI EN 319 102-1 §5.2.2',
    codes: ['FORMAT_UNREADABLE'],
  },
  {
    id: 'signer',
    clause: 'ETSI EN 319 102-1 §5.2.3',
    codes: [
      'NO_SIGNER_CERTIFICATE',
      'KEY_WITHOUT_CERTIFICATE',
      'SIGNER_CERTIFICATE_NOT_BOUND',
      'CHAIN_CERTIFICATE_INVALID',
    ],
  },
  {
    id: 'integrity',
    clause: 'ETSI EN 319 102-1 §5.2.7; NĐ 30/2020/NĐ-CP Đ.21',
    codes: ['HASH_MISMATCH', 'CONTENT_MISSING'],
  },
  {
    id: 'value',
    clause: 'ETSI EN 319 102-1 §5.2.7',
    codes: ['SIGNATURE_WRONG', 'SIGNATURE_UNVERIFIED'],
  },
  {
    id: 'changes',
    clause: 'ISO 32000-2 §12.8.2.2 (DocMDP); NĐ 30/2020/NĐ-CP Đ.21',
    codes: ['CHANGED_AFTER_SIGNING', 'PARTLY_COVERED'],
  },
  {
    id: 'chain',
    clause: 'ETSI EN 319 102-1 §5.2.6; RFC 5280 §6.1; TT 15/2025/TT-BKHCN Đ.6',
    codes: [],
    prefix: 'CHAIN_',
  },
  {
    id: 'validity',
    clause: 'ETSI EN 319 102-1 §5.2.6; NĐ 23/2025/NĐ-CP Đ.17',
    codes: ['CHAIN_EXPIRED', 'CHAIN_NOT_YET_VALID'],
  },
  {
    id: 'revocation',
    clause: 'ETSI EN 319 102-1 §5.2.5–5.2.6; RFC 5280 §6.3; RFC 6960; TT 15/2025/TT-BKHCN Đ.6',
    codes: ['CHAIN_REVOKED', 'CHAIN_REVOCATION_UNKNOWN'],
  },
  {
    id: 'strength',
    clause: 'ETSI EN 319 102-1 §5.2.8; TT 15/2025/TT-BKHCN Phụ lục I',
    codes: ['WEAK_ALGORITHM'],
  },
  {
    id: 'time',
    clause: 'ETSI EN 319 102-1 §5.4–5.5; RFC 3161; TT 15/2025/TT-BKHCN Đ.5',
    codes: [
      'TIMESTAMP_BAD',
      'TIMESTAMP_ORDER',
      'CLAIMED_TIME_AHEAD',
      'CLAIMED_TIME_LOCAL',
      'NO_PROOF_OF_TIME',
    ],
  },
];

/** Rules that are not looked at when the signature itself is broken. */
const NEED_CHAIN = new Set(['chain', 'validity', 'revocation']);

function ruleOf(code) {
  return (
    RULES.find((rule) => rule.codes.includes(code)) ??
    RULES.find((rule) => rule.prefix !== undefined && code.startsWith(rule.prefix)) ??
    (code === 'EARLIER_REVISION' ? RULES.find((rule) => rule.id === 'changes') : RULES[0])
  );
}

function outcomeOf(messages, indication) {
  if (messages.some((message) => message.level === 'error'))
    return indication === 'TOTAL-FAILED' ? 'failed' : 'open';
  return messages.some((message) => message.level === 'warning') ? 'warned' : 'passed';
}

/** Whether a time-stamp that passed proves when the signature existed. */
export function hasProvedTime(signature) {
  return signature.timestamps.some((stamp) => stamp.indication === 'PASSED' && stamp.type !== 'content');
}

/** Every rule with its outcome: passed, warned, failed, open (not conclusive), skipped (not looked at), claimed (time only claimed). */
export function rulesOf(signature) {
  return RULES.map(({ id, clause }) => {
    const messages = signature.messages.filter((message) => ruleOf(message.code).id === id);
    let outcome = outcomeOf(messages, signature.indication);
    if (NEED_CHAIN.has(id) && signature.chain.length < 2 && outcome === 'passed') outcome = 'skipped';
    if (id === 'time' && outcome === 'passed' && !hasProvedTime(signature)) outcome = 'claimed';
    return { id, clause, outcome, messages };
  });
}

/** The chain with dates and evidence, anchor first; reports of older versions know only names and states. */
export function chainOf(report, signature) {
  const details = (report.certificates ?? []).filter(
    (one) => one.signature === signature.id && one.of === 'signature',
  );
  return signature.chain.map((link, index) => ({ ...link, ...details[index] })).reverse();
}

/** The chain of one time-stamp's authority, anchor first. */
export function stampChainOf(report, signature, number) {
  return (report.certificates ?? [])
    .filter((one) => one.signature === signature.id && one.of === number)
    .reverse();
}
