// Outside programs for the tests. `install` gets what is missing; `run -- COMMAND` lends private servers to one command.
import { installMissing } from './services/install.mjs';
import { runWithServices } from './services/run.mjs';

const USAGE = `usage: node scripts/services.mjs install
       node scripts/services.mjs run -- COMMAND [ARGUMENT]...

install  on Debian or Ubuntu as root: installs RabbitMQ, PostgreSQL, Chromium and the small tools the tests compare
         with. Elsewhere: says what to install. Starts and enables no server.
run      starts a RabbitMQ and a PostgreSQL of its own on free ports in a temporary folder, gives COMMAND their
         addresses (AMQP_URL, DATABASE_URL, CHROMIUM_PATH), and ends them with it.
         Where they are not installed, AMQP_URL and DATABASE_URL of servers made for tests are used instead.
`;

const [verb, dashes, ...command] = process.argv.slice(2);
if (verb === 'install' && dashes === undefined) {
  process.exitCode = await installMissing();
} else if (verb === 'run' && dashes === '--' && command.length > 0) {
  process.exitCode = await runWithServices(command);
} else {
  process.stderr.write(USAGE);
  process.exitCode = verb === '--help' ? 0 : 64;
}
