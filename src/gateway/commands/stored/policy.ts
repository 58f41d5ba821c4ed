/** `agencies policy`: what an agency wants done with documents whose signatures are not in order. */
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { findAgencies } from '../../directory/index.ts';
import {
  ARRIVAL_RULES,
  ARRIVAL_THRESHOLDS,
  type ArrivalRule,
  type ArrivalThreshold,
} from '../../exchange/index.ts';
import {
  type ArrivalPolicyRow,
  dropArrivalPolicy,
  findArrivalPolicies,
  listArrivalPolicies,
  type Store,
  saveArrivalPolicy,
} from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import { type DataOptions, onData, withStore } from './admin.ts';

interface PolicyOptions extends DataOptions {
  package?: ArrivalRule;
  files?: ArrivalRule;
  threshold?: ArrivalThreshold;
  reset?: boolean;
}

function viewOf(row: ArrivalPolicyRow) {
  return {
    agency: row.agency,
    package: row.package_rule,
    files: row.file_rule,
    threshold: row.threshold,
    by: row.actor,
    at: new Date(row.updated_at).toISOString(),
  };
}

function show(rows: readonly ArrivalPolicyRow[], options: DataOptions): void {
  if (options.json === true) printJson({ policies: rows.map(viewOf) });
  else
    for (const row of rows.map(viewOf))
      printLine(`${row.agency}\tpackage=${row.package}\tfiles=${row.files}\tthreshold=${row.threshold}`);
}

/** The directory's own code, whichever generation was typed: policies are found by it. */
async function codeOf(store: Store, code: string): Promise<string> {
  const agency = (await findAgencies(store.read, [code])).get(code);
  if (agency !== undefined) return agency.code;
  throw new CommandError(EXIT.usage, {
    vi: `Chưa có cơ quan ${code}; thêm bằng "lienthong agencies add".`,
    en: `Agency ${code} is not known; add it with "lienthong agencies add".`,
  });
}

async function policy(code: string | undefined, options: PolicyOptions): Promise<void> {
  await withStore(options, async (store, config) => {
    if (code === undefined) return show(await listArrivalPolicies(store.read), options);
    const agency = await codeOf(store, code);
    if (options.reset === true) {
      await store.write((tx) => dropArrivalPolicy(tx, agency));
      return show([], options);
    }
    const before = (await findArrivalPolicies(store.read, [agency])).get(agency);
    const { package: packageRule, files: fileRule, threshold } = options;
    const asked = [packageRule, fileRule, threshold].some((word) => word !== undefined);
    if (!asked) return show(before === undefined ? [] : [before], options);
    // What is not named stays; where nothing was set, the settings' words are taken down.
    const row = {
      agency,
      package_rule: packageRule ?? before?.package_rule ?? config.verifyPackage,
      file_rule: fileRule ?? before?.file_rule ?? config.verifyPolicy,
      threshold: threshold ?? before?.threshold ?? config.verifyThreshold,
      actor: userInfo().username,
      updated_at: Date.now(),
    };
    await store.write((tx) => saveArrivalPolicy(tx, row));
    show([row], options);
  });
}

/** Adds the command to `lienthong agencies`. */
export function addPolicyCommand(agencies: Command): void {
  onData(
    agencies
      .command('policy [code]')
      .description(
        'Văn bản đến có chữ ký chưa đạt: nhận, đánh dấu, giữ lại hay từ chối / incoming documents whose signatures are not in order',
      ),
  )
    .addOption(
      new Option('--package <rule>', 'chữ ký của gói tin / signature of the package').choices([
        ...ARRIVAL_RULES,
      ]),
    )
    .addOption(
      new Option('--files <rule>', 'chữ ký của các tệp / signatures of its files').choices([
        ...ARRIVAL_RULES,
      ]),
    )
    .addOption(
      new Option(
        '--threshold <fault>',
        'từ mức nào: failed (không hợp lệ), unproven (chưa kết luận được), unsigned (không ký) / from which fault on',
      ).choices([...ARRIVAL_THRESHOLDS]),
    )
    .option('--reset', 'bỏ quy định riêng, theo cấu hình chung / as the settings say again')
    .action(policy);
}
