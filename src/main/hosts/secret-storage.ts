// What the system offers for keeping secrets. On Linux Electron may fall back to `basic_text`, which is no encryption;
// LiveDB says so rather than pretend. Used by electron-desktop.ts.
import type { ElectronApi } from './electron-api.ts';

export type SecretStorage = { encrypted: true } | { encrypted: false; reason: string };

export function describeSecretStorage(
  safeStorage: ElectronApi['safeStorage'],
  platform: NodeJS.Platform,
): SecretStorage {
  if (platform === 'linux' && safeStorage.getSelectedStorageBackend?.() === 'basic_text') {
    return {
      encrypted: false,
      reason:
        'no keyring is running, so secrets would be stored without encryption (basic_text); they stay in files only you can read',
    };
  }
  return safeStorage.isEncryptionAvailable()
    ? { encrypted: true }
    : { encrypted: false, reason: 'the system offers no encrypted storage' };
}
