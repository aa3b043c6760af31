// Commands about the past: moments, annotations, bundles, and the history of an open bundle. plane.ts makes it.

import type { Annotation } from '../../shared/annotation.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { PAST_COMMANDS } from '../../shared/past.ts';
import type { History } from '../history/port.ts';
import { type BundleFiles, createBundles } from './bundles.ts';
import type { Clock } from './clock.ts';
import { DONE, type Handlers } from './commands.ts';

export interface PastOptions {
  clock: Clock;
  dataDir: string;
  version: string;
  /** Unique within the data folder, also over restarts. */
  newId(): string;
  history: Pick<
    History,
    'query' | 'moment' | 'putAnnotation' | 'annotation' | 'annotations' | 'removeAnnotation' | 'lines'
  >;
}

export interface Past {
  handlers: Pick<Handlers, keyof typeof PAST_COMMANDS | 'history.query'>;
  files: BundleFiles;
  close(): Promise<void>;
}

export function createPast({ clock, dataDir, version, newId, history }: PastOptions): Past {
  const bundles = createBundles(dataDir, newId);

  function known(id: string): Annotation {
    const found = history.annotation(id);
    if (found !== null) return found;
    throw new LiveDbError({
      code: 'annotation.unknown',
      message: `There is no annotation ${id}.`,
      remedy: 'annotation.list says which there are; it may have been removed meanwhile.',
    });
  }

  return {
    handlers: {
      'history.query': async ({ bundle, ...query }) =>
        bundle === undefined ? history.query(query) : bundles.opened(bundle).query(query),
      async 'moment.at'({ at, bundle }) {
        const moment = bundle === undefined ? history.moment(at) : bundles.opened(bundle).moment(at);
        if (moment !== null) return moment;
        throw new LiveDbError({
          code: 'moment.none',
          message: 'No state was recorded yet.',
          remedy:
            bundle === undefined
              ? 'One is recorded each second; ask again in a moment.'
              : 'This bundle holds no moments.',
        });
      },
      async 'annotation.add'({ at, until, text }) {
        const annotation = { id: newId(), at, until, text, createdAt: clock.now() };
        history.putAnnotation(annotation);
        return annotation;
      },
      async 'annotation.change'({ id, at, until, text }) {
        const before = known(id);
        const annotation = {
          ...before,
          at: at ?? before.at,
          until: until === undefined ? before.until : until,
          text: text ?? before.text,
        };
        if (annotation.until !== null && annotation.until <= annotation.at) {
          throw new LiveDbError({
            code: 'bad-request',
            message: 'Field "until" was refused: it must be after "at".',
            details: { fields: [{ path: 'until', message: 'must be after "at"' }] },
          });
        }
        history.putAnnotation(annotation);
        return annotation;
      },
      async 'annotation.list'({ from, to, bundle }) {
        const end = to ?? Number.MAX_SAFE_INTEGER;
        if (bundle === undefined) return history.annotations(from, end);
        return bundles.opened(bundle).annotations(from, end);
      },
      async 'annotation.remove'({ id }) {
        known(id);
        history.removeAnnotation(id);
        return DONE;
      },
      'bundle.export': async ({ from, to }) => {
        const end = Math.min(to, clock.now());
        if (end <= from) {
          throw new LiveDbError({
            code: 'bad-request',
            message: 'Field "from" was refused: it lies in the future.',
            details: { fields: [{ path: 'from', message: 'lies in the future' }] },
          });
        }
        return bundles.write({
          from,
          to: end,
          version,
          createdAt: clock.now(),
          pages: history.lines(from, end),
        });
      },
      'bundle.progress': async () => bundles.progress(),
      async 'bundle.cancel'() {
        bundles.cancel();
        return DONE;
      },
      'bundle.list': () => bundles.list(),
      'bundle.open': ({ path }) => bundles.open(path),
      async 'bundle.close'({ id }) {
        await bundles.close(id);
        return DONE;
      },
      async 'bundle.delete'({ name, confirm }) {
        await bundles.remove(name, confirm);
        return DONE;
      },
    },
    files: bundles,
    close: bundles.closeAll,
  };
}
