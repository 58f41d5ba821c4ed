/** `doctor`: examines an installation; 0 when all is well or only wants looking after, 1 when something does not work. */
import type { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { examine } from '../../doctor/index.ts';
import { EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { onData } from '../stored/admin.ts';

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const;

/** Adds `doctor`. */
export function addDoctorCommand(program: Command, setExit: SetExit): void {
  onData(program.command('doctor').description('Khám hệ thống / examine an installation')).action(
    async (options: { data?: string; config?: string; json?: boolean }) => {
      const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
      const findings = await examine(config, Date.now());
      const failed = findings.filter(({ level }) => level === 'fail').length;
      const warned = findings.filter(({ level }) => level === 'warn').length;
      if (options.json === true) printJson({ healthy: failed === 0, failed, warned, findings });
      else {
        for (const { check, level, vi, en } of findings)
          printLine(`${MARKS[level]} ${check}: ${vi}${vi === en ? '' : `\n    ${en}`}`);
        printLine(`${failed} lỗi / failures, ${warned} cảnh báo / warnings`);
      }
      setExit(failed === 0 ? EXIT.ok : EXIT.failed);
    },
  );
}
