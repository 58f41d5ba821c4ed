/** Signing keys: opened from their addresses, secrets from files, terminal or environment. */
export { type KeyOptions, openCommandKey } from './command.ts';
export {
  type KeyKind,
  type KeySecrets,
  keyKind,
  type OpenedSigner,
  openKey,
  openRemote,
  readSecretFile,
} from './open.ts';
export { askSecret, canAsk } from './prompt.ts';
