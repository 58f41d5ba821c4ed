/** `certs validate`: RFC 5280 path building and validation of one certificate, or of a list. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { PathResult, ValidationInput } from '../../signing/index.ts';
import type { OnlineTrust } from '../pki/index.ts';
import { openOnline } from '../pki/open.ts';
import { CommandError, EXIT, printJson, printLine } from './exit-codes.ts';
import type { SetExit } from './index.ts';
import { many, readMany } from './inputs.ts';

interface CertsOptions {
  target?: string;
  trust: string[];
  intermediates: string[];
  crl: string[];
  ocsp: string[];
  at?: string;
  initialPolicy?: string;
  requireExplicitPolicy?: boolean;
  inhibitPolicyMapping?: boolean;
  inhibitAnyPolicy?: boolean;
  revocation: boolean;
  keyPurpose?: string;
  name?: string;
  maxDepth?: string | number;
  offline?: boolean;
  data?: string;
  config?: string;
  batch?: string;
  json?: boolean;
}

/** Names of a batch line that hold lists on the command line. */
const LISTS = new Set(['trust', 'intermediates', 'crl', 'ocsp']);

async function validateOne(options: CertsOptions, online: OnlineTrust | null): Promise<PathResult> {
  const { readCertificates, readCrls, validateCertificate } = await import('../../signing/index.ts');
  if (options.target === undefined || options.trust.length === 0) {
    throw new CommandError(EXIT.usage, {
      vi: 'Cần --target và ít nhất một --trust.',
      en: '--target and at least one --trust are needed.',
    });
  }
  const [target] = await readMany([options.target], readCertificates);
  if (target === undefined)
    throw new CommandError(EXIT.unreadableInput, {
      vi: `${options.target} không có chứng thư số.`,
      en: `${options.target} holds no certificate.`,
    });
  const at = options.at === undefined ? new Date() : new Date(options.at);
  if (Number.isNaN(at.getTime()))
    throw new CommandError(EXIT.usage, {
      vi: `--at "${options.at}" không phải thời điểm ISO 8601.`,
      en: '--at is not an ISO 8601 time.',
    });
  return validateCertificate({
    target,
    trust: await readMany(options.trust, readCertificates),
    intermediates: await readMany(options.intermediates, readCertificates),
    crls: await readMany(options.crl, readCrls),
    ocsps: await readMany(options.ocsp, (bytes) => [bytes]),
    at,
    // Evidence issued after `at` and up to now still tells about `at`.
    knownAt: new Date(),
    revocation: options.revocation,
    ...(online === null ? {} : sourcesOf(online)),
    ...(options.initialPolicy === undefined
      ? {}
      : { initialPolicies: options.initialPolicy.split(',').map((oid) => oid.trim()) }),
    requireExplicitPolicy: options.requireExplicitPolicy === true,
    inhibitPolicyMapping: options.inhibitPolicyMapping === true,
    inhibitAnyPolicy: options.inhibitAnyPolicy === true,
    ...(options.keyPurpose === undefined ? {} : { keyPurpose: options.keyPurpose }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.maxDepth === undefined ? {} : { maxDepth: depthOf(options.maxDepth) }),
  });
}

function depthOf(given: string | number): number {
  const depth = Number(given);
  if (Number.isSafeInteger(depth) && depth >= 0) return depth;
  throw new CommandError(EXIT.usage, {
    vi: '--max-depth phải là số nguyên không âm.',
    en: '--max-depth must be a whole number from 0.',
  });
}

function sourcesOf({ revocation, issuers }: OnlineTrust): Pick<ValidationInput, 'source' | 'issuers'> {
  return { source: revocation, ...(issuers === undefined ? {} : { issuers }) };
}

/** A batch line: the same option names, camel or kebab case; a single path may stand for a list. */
function lineOptions(base: CertsOptions, line: string): CertsOptions {
  const own = Object.entries(JSON.parse(line) as Record<string, unknown>).map(([key, value]) => {
    const name = key.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    if (name === 'noRevocation') return ['revocation', value !== true];
    return [name, LISTS.has(name) ? [value].flat() : Array.isArray(value) ? value.join(',') : value];
  });
  return { ...base, ...Object.fromEntries(own) };
}

async function validate(options: CertsOptions, setExit: SetExit): Promise<void> {
  const online = await openOnline(options);
  if (options.batch === undefined) {
    const result = await validateOne(options, online);
    if (options.json === true) printJson(result);
    else
      printLine(
        result.valid
          ? `hợp lệ / valid: ${result.path.join(' ← ')}`
          : `KHÔNG hợp lệ / NOT valid: ${result.reason} ${result.detail}`,
      );
    return setExit(result.valid ? EXIT.ok : EXIT.failed);
  }
  let worst: number = EXIT.ok;
  for (const line of (await readFile(options.batch, 'utf8')).split('\n')) {
    if (line.trim() === '') continue;
    const own = lineOptions(options, line);
    try {
      const result = await validateOne(own, online);
      printLine(JSON.stringify({ target: own.target, ...result }));
      if (!result.valid) worst = Math.max(worst, EXIT.failed);
    } catch (cause) {
      const exitCode = cause instanceof CommandError ? cause.exitCode : EXIT.unreadableInput;
      printLine(
        JSON.stringify({
          target: own.target,
          valid: false,
          reason: 'UNREADABLE',
          detail: (cause as Error).message,
          path: [],
          authorityPolicySet: [],
          userPolicySet: [],
        }),
      );
      worst = Math.max(worst, exitCode);
    }
  }
  setExit(worst);
}

export function addCertsCommands(program: Command, setExit: SetExit): void {
  program
    .command('certs')
    .description('Chứng thư số / certificates')
    .command('validate')
    .description('Dựng và kiểm tra đường dẫn chứng thư (RFC 5280) / build and validate a path')
    .option('--target <cert>')
    .option('--trust <cert|dir>', 'neo tin cậy / trust anchor', many, [])
    .option('--intermediates <cert|dir>', 'chứng thư trung gian / intermediates', many, [])
    .option('--crl <file|dir>', 'danh sách thu hồi / CRL', many, [])
    .option('--ocsp <file|dir>', 'trả lời OCSP / OCSP answer', many, [])
    .option('--at <time>', 'thời điểm kiểm tra / as of this ISO time')
    .option('--initial-policy <oids>', 'cách nhau bằng dấu phẩy / comma separated')
    .option('--require-explicit-policy')
    .option('--inhibit-policy-mapping')
    .option('--inhibit-any-policy')
    .option('--no-revocation', 'không kiểm tra thu hồi / leave revocation out')
    .option('--key-purpose <name>')
    .option('--name <name>', 'DNS, thư điện tử hoặc IP / DNS name, mail or IP')
    .option('--max-depth <n>', 'số CA trung gian tối đa / intermediates allowed')
    .option('--offline', 'không truy cập mạng / fetch nothing')
    .option('--data <dir>', 'thư mục dữ liệu / data folder (settings, cache)')
    .option('--config <file>', 'tệp cấu hình / configuration file')
    .option('--batch <list>', 'mỗi dòng một JSON / a JSON line each')
    .option('--json')
    .action((options: CertsOptions) => validate(options, setExit));
}
