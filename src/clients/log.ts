// The one logger: structured lines (pino) to rotated files in the log folder; every process of LiveDB uses it.
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import pinoRoll from 'pino-roll';

export type { Logger };

const MAX_FILE_SIZE = '5m';
const KEPT_FILES = 4;

/** Opens the log of one process: `<logDir>/<name>.N.log`, rotated at 5 MB, four old files kept. */
export async function openLog(logDir: string, name: string): Promise<Logger> {
  const stream = await pinoRoll({
    file: join(logDir, name),
    extension: '.log',
    size: MAX_FILE_SIZE,
    limit: { count: KEPT_FILES },
    mkdir: true,
  });
  // A full disk must not end the process that only wanted to write of it: the lines are lost, and stderr says so once.
  let told = false;
  stream.on('error', (error: Error) => {
    if (!told) process.stderr.write(`The log of ${name} cannot be written: ${error.message}\n`);
    told = true;
  });
  const redact = ['password', '*.password', 'token', '*.token', '*.*.password'];
  return pino({ base: { name, pid: process.pid }, redact, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
