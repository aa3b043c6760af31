// The embedded Kafka-protocol broker as a child process of the control plane (BrokerConfig in, BrokerReady out).
import { runChild } from '../clients/link.ts';
import { openLog } from '../clients/log.ts';
import { LiveDbError } from '../shared/errors.ts';
import { BROKER_CALLS, BrokerConfig, type BrokerReady, type BrokerReport, SlowDisk } from '../shared/link.ts';
import { openBroker } from './broker.ts';
import { ProtocolFault } from './wire/reader.ts';

const REPORT_MS = 1_000;
/** The same fault is told to a person once in this time, and to the log with every occurrence. */
const QUIET_MS = 60_000;

runChild<BrokerConfig, BrokerReport>({
  name: 'broker',
  config: BrokerConfig,
  async start(config, link) {
    const log = await openLog(config.logDir, 'broker');
    const told = new Map<string, number>();
    const isNews = (code: string) => {
      const now = performance.now();
      const quiet = now - (told.get(code) ?? Number.NEGATIVE_INFINITY) < QUIET_MS;
      if (!quiet) told.set(code, now);
      return !quiet;
    };
    const broker = await openBroker(config, {
      waiting: (reason) => link.waiting(reason),
      storageFailed(cause) {
        log.error({ err: cause }, 'the disk refused a write');
        if (!isNews('storage')) return;
        const message = cause instanceof Error ? cause.message : String(cause);
        const full = message.includes('ENOSPC');
        link.incident({
          severity: 'error',
          code: full ? 'kafka.disk-full' : 'kafka.storage',
          title: full ? 'The disk is full' : 'The disk refused a write of the broker',
          cause: `${message} (in ${config.dataDir}); producers are told to try again, nothing acknowledged is lost.`,
          remedy: full
            ? 'Free some space or delete a topic; producers then go on by themselves.'
            : 'Look at the disk and at the rights of the data folder.',
        });
      },
      refused(reason, peer) {
        const fault = reason instanceof ProtocolFault;
        log[fault ? 'warn' : 'error']({ err: reason, peer }, 'a connection was closed');
        if (fault || !isNews('request-failed')) return;
        link.incident({
          severity: 'warning',
          code: 'kafka.request-failed',
          title: 'The broker could not answer a request',
          cause: reason instanceof Error ? reason.message : String(reason),
        });
      },
      mended(topic, partition, cutBytes, setAside) {
        log.warn({ topic, partition, cutBytes, setAside }, 'a log was mended');
        if (setAside.length === 0) return;
        link.incident({
          severity: 'error',
          code: 'kafka.log-damaged',
          title: `The log of ${topic}-${partition} is damaged`,
          cause: `${cutBytes} bytes could not be read; later files were set aside: ${setAside.join(', ')}.`,
          remedy: 'Look at the disk. The files set aside end in ".damaged".',
        });
      },
    });
    log.info({ port: broker.port }, 'ready');
    const report = () => link.report(() => ({ at: Date.now(), ...broker.figures() }));
    report();
    const reporting = setInterval(report, REPORT_MS);
    const info: BrokerReady = { host: broker.host, port: broker.port };
    return {
      info,
      running: {
        async call(method, args) {
          if (method !== BROKER_CALLS.slowDisk) throw unknownCall(method);
          const { delayMs, ms } = SlowDisk.parse(args);
          broker.slowDisk(delayMs, ms);
          return null;
        },
        async drain() {
          clearInterval(reporting);
          await broker.close();
          log.info('drained');
        },
      },
    };
  },
});

function unknownCall(method: string): LiveDbError {
  return new LiveDbError({ code: 'unknown-call', message: `The broker knows no call "${method}".` });
}
