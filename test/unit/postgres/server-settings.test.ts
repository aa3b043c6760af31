// The server's settings as a file: one line each, and only what a server of this platform knows.
import { expect, test } from 'vitest';
import { settingsFile } from '../../../src/postgres/server-settings.ts';

test('each setting is a line of its own with its reason; what a platform does not know is left out', () => {
  const [head, ...lines] = settingsFile('linux').trimEnd().split('\n');
  expect(head).toMatch(/^# /);
  for (const line of lines) expect(line).toMatch(/^[a-z_]+ = '[^']*' {2}# \S/);
  const named = (platform: NodeJS.Platform) => settingsFile(platform).includes('recovery_init_sync_method');
  expect([named('linux'), named('darwin'), named('win32')]).toEqual([true, false, false]);
});
