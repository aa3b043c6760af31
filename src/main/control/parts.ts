// Makes the supervised parts: every stage and embedded service gets its child, its incidents and its log lines the
// same way. app.ts calls `supervise` once per part and `watch` once a second.
import { join } from 'node:path';
import type { Service, Stage } from '../../shared/names.ts';
import type { ChildName, Host } from '../hosts/host.ts';
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';
import { createTeller } from './news.ts';
import { createPart, type Part } from './supervisor.ts';

export interface ControlLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SupervisedPart {
  /** Null for what is no part of the pipeline. */
  subject: Stage | Service | null;
  child: ChildName;
  name: string;
  startTimeoutMs: number;
  /** What this child's config has beside the folders, which are added here. */
  config(): object;
  shownPid?(): number | null;
  onReady?(info: unknown): void;
  onReport?(report: unknown): void;
  onState?(): void;
}

export interface Parts {
  supervise(part: SupervisedPart): Part;
  watch(): void;
  /** Last resort: SIGKILL for every child that is left. */
  killAll(): void;
  /** Whether every child is gone. */
  allGone(): boolean;
}

export interface PartsOptions {
  host: Host;
  clock: Clock;
  incidents: Incidents;
  log: ControlLog;
  dataDir: string;
  onChange(): void;
}

export function createParts(options: PartsOptions): Parts {
  const { host, clock, incidents, log, dataDir } = options;
  const made: Part[] = [];
  const place = { dataDir, logDir: join(dataDir, 'logs') };
  return {
    supervise(described) {
      const { subject, child, name } = described;
      const teller = createTeller(subject, name, clock, incidents);
      const part = createPart({
        name,
        clock,
        startTimeoutMs: described.startTimeoutMs,
        fork: () => host.fork(child),
        config: () => ({ ...place, ...described.config() }),
        ...(described.shownPid === undefined ? {} : { shownPid: described.shownPid }),
        ...(described.onReady === undefined ? {} : { onReady: described.onReady }),
        ...(described.onReport === undefined ? {} : { onReport: described.onReport }),
        onIncident(incident) {
          log.warn({ part: child, incident }, 'incident');
          incidents.add({ ...incident, subject });
        },
        onNews(news) {
          log.info({ part: child, news }, 'lifecycle');
          teller.news(news);
        },
        onWaiting(reason) {
          if (reason !== null) log.info({ part: child, reason }, 'waiting');
          teller.waiting(reason);
        },
        onChange() {
          teller.state(part.state());
          described.onState?.();
          options.onChange();
        },
        onGarbled: (fault) => log.error({ part: child, fault }, 'a message that does not parse'),
      });
      made.push(part);
      return part;
    },
    watch() {
      for (const part of made) part.watch();
    },
    killAll() {
      for (const part of made) part.kill();
    },
    allGone: () => made.every((part) => part.status().pid === null),
  };
}
