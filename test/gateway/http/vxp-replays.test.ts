import { expect } from 'chai';
import { createReplayMemory } from '../../../src/gateway/http/vxp/replays.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('http: memory of VXP requests', () => {
  it('takes repetitions of the SDK for what they are, and the same request hours later for a replay', () => {
    const memory = createReplayMemory(5 * MINUTE, [0, 7 * HOUR]);

    expect(memory.isReplay('ab', 0, 5 * MINUTE)).to.equal(false);
    expect(memory.isReplay('ab', 9 * MINUTE, 5 * MINUTE)).to.equal(false);
    expect(memory.isReplay('ab', 7 * HOUR, 5 * MINUTE)).to.equal(true);
    expect(memory.isReplay('cd', 7 * HOUR, 5 * MINUTE)).to.equal(false);
  });

  it('forgets what no zone could make fresh again', () => {
    const memory = createReplayMemory(5 * MINUTE, [0, 7 * HOUR]);
    memory.isReplay('ab', 0, 5 * MINUTE);

    memory.isReplay('cd', 8 * HOUR, 5 * MINUTE);

    // Outside every window the time alone refuses it.
    expect(memory.isReplay('ab', 8 * HOUR, 5 * MINUTE)).to.equal(false);
  });

  it('stays bounded', () => {
    const memory = createReplayMemory(5 * MINUTE, [0]);
    const code = (at: number): string => at.toString(16).padStart(32, '0');

    for (let at = 0; at < 100_002; at += 1) memory.isReplay(code(at), 0, 5 * MINUTE);

    // The first two made room; the third is remembered.
    expect(memory.isReplay(code(2), HOUR, 5 * MINUTE)).to.equal(true);
    expect(memory.isReplay(code(0), HOUR, 5 * MINUTE)).to.equal(false);
  });
});
