// The writer: inserts the rows of a seed over and over, in bursts, at a pace that can be changed while it runs.
// Started by the control plane as the child `writer`.
import { runChild } from '../../clients/link.ts';
import { readSeed } from '../../clients/seed.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { WriterConfig, type WriterReport } from '../../shared/link.ts';
import { SeedCycle } from './cycle.ts';
import { WriterLine } from './line.ts';

const seedPath = (config: WriterConfig) => config.settings.seedFile ?? config.shippedSeed;

async function readCycle(path: string): Promise<SeedCycle> {
  return new SeedCycle(await readSeed(path));
}

runChild<WriterConfig, WriterReport>({
  name: 'writer',
  config: WriterConfig,
  async start(config, link) {
    let path = seedPath(config);
    let cycle: SeedCycle;
    try {
      cycle = await readCycle(path);
    } catch (error) {
      // Starting again would read the same faults.
      link.fatal(LiveDbError.dataOf(error), false);
      return new Promise(() => undefined);
    }
    const line = new WriterLine(config, cycle, link);
    line.run().catch((error: unknown) => link.fatal(LiveDbError.dataOf(error), false));
    return {
      running: {
        async configure(changed) {
          const wanted = seedPath(changed);
          if (wanted !== path) {
            cycle = await readCycle(wanted);
            path = wanted;
          }
          line.change(changed, cycle);
        },
        drain: () => line.stop(),
      },
    };
  },
});
