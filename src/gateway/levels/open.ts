/** Settings of the completing loop, as its parts need them. */
import type { Config } from '../config.ts';
import type { CompletionSettings } from './completion.ts';

/** What the configuration says about completing levels. */
export function completionSettings(
  config: Pick<Config, 'levelRetrySeconds' | 'levelRetryDays'>,
): CompletionSettings {
  return {
    pausesMs: config.levelRetrySeconds.split(',').map((seconds) => Number(seconds) * 1000),
    giveUpAfterDays: config.levelRetryDays,
  };
}
