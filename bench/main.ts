// `npm run bench [-- NAME …]`: runs one benchmark; without a name the whole pipeline's.
import { runDebezium } from './debezium/compare.ts';
import { runFlink } from './flink/compare.ts';
import { runSoak } from './soak.ts';

const [name, ...args] = process.argv.slice(2);
switch (name) {
  case 'soak':
    await runSoak(args);
    break;
  case 'debezium':
    await runDebezium(args);
    break;
  case 'flink':
    await runFlink(args);
    break;
  case undefined:
  case '--json':
    await import('./pipeline.ts');
    break;
  default:
    process.stderr.write(
      `There is no benchmark "${name}". Names: debezium, flink, soak; without a name the pipeline is measured.\n`,
    );
    process.exitCode = 2;
}
