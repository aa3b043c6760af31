// The process that breaks things on purpose: proxies connections that are to be cut or slowed, freezes and thaws
// processes. Started by the control plane as the child `faults` when the first fault asks for it.
import { z } from 'zod';
import { runChild } from '../clients/link.ts';
import { LiveDbError } from '../shared/errors.ts';
import { FaultCalls, FaultsConfig, type FaultsReady } from '../shared/link.ts';
import { createFreezer } from './freezer.ts';
import { FaultProxy } from './proxy.ts';

const Mode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pass') }),
  z.object({ kind: z.literal('cut') }),
  z.object({ kind: z.literal('slow'), delayMs: z.number(), bytesPerSecond: z.number().nullable() }),
]);
const SetArgs = z.object({ links: z.array(z.string()), mode: Mode });
const FreezeArgs = z.object({ pids: z.array(z.number().int().positive()).min(1), ms: z.number().positive() });

runChild<FaultsConfig, never>({
  name: 'fault injector',
  config: FaultsConfig,
  async start(config) {
    const proxy = new FaultProxy();
    const freezer = createFreezer();
    const port = await proxy.listen(config.port);
    const end = () => {
      freezer.thawAll();
      proxy.close();
    };
    const info: FaultsReady = { host: '127.0.0.1', port };
    return {
      info,
      running: {
        drain: async () => end(),
        abandon: end,
        async call(method, args) {
          switch (method) {
            case FaultCalls.set: {
              const { links, mode } = SetArgs.parse(args);
              proxy.set(links, mode);
              return null;
            }
            case FaultCalls.freeze: {
              const { pids, ms } = FreezeArgs.parse(args);
              return freezer.freeze(pids, ms);
            }
            case FaultCalls.thaw:
              freezer.thawAll();
              return null;
          }
          throw new LiveDbError({
            code: 'unknown-call',
            message: `The fault injector knows no call "${method}".`,
          });
        },
      },
    };
  },
});
