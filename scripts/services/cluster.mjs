// Three private RabbitMQ nodes in one cluster, started when a test asks for them: they take most of a minute.
import { randomWord } from './process.mjs';
import { startRabbit } from './rabbitmq.mjs';

const NODES = 3;

/** Handles for the control door: nodes are named by their number from 0. */
export function rabbitCluster(den, programs, owner) {
  let nodes = null;

  async function form() {
    const shared = { password: randomWord(), cookie: randomWord() };
    const first = await startRabbit(den, programs, owner, { ...shared, name: 'cluster-0' });
    nodes = [first];
    for (let n = 1; n < NODES; n += 1) {
      const { epmdPort } = first;
      const node = await startRabbit(den, programs, owner, { ...shared, epmdPort, name: `cluster-${n}` });
      for (const args of [['stop_app'], ['join_cluster', first.node], ['start_app']]) await node.ctl(args);
      nodes.push(node);
    }
  }

  function nodeOf(n) {
    const node = nodes?.[n];
    if (node === undefined) throw new Error(`no node ${n} in the cluster`);
    return node;
  }

  return {
    /** @returns JSON list of addresses. */
    async start() {
      if (nodes === null) await form();
      return JSON.stringify(nodes.map(({ url }) => url));
    },
    kill: (n) => nodeOf(n).kill(),
    startNode: (n) => nodeOf(n).start(),
    ctl: (n, args) => nodeOf(n).ctl(args),
    /** Ends all nodes; a later start forms nothing new. */
    async end() {
      for (const node of nodes ?? []) await node.kill();
    },
  };
}
