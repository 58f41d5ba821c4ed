/** Commands of the contract that are not there yet: they say so and end with 69, so that scripts can tell. */
import type { Command } from 'commander';
import { CommandError, EXIT } from './exit-codes.ts';

const NOT_YET: readonly (readonly [name: string, description: string])[] = [
  ['replay', 'chạy lại một hồ sơ / replay a dossier'],
];

export function addUnavailableCommands(program: Command): void {
  for (const [name, description] of NOT_YET) {
    program
      .command(name, { hidden: false })
      .description(`${description} (chưa có / not there yet)`)
      .argument('[rest...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new CommandError(EXIT.unavailable, {
          vi: `Lệnh "${name}" chưa có trong phiên bản này.`,
          en: `The command "${name}" is not there yet in this version.`,
        });
      });
  }
}
