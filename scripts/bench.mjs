// `npm run bench`: set-up as `npm start` does it, then the benchmarks on Node 24 in a process of their own.
import { runBuilt } from './set-up/run-built.mjs';

await runBuilt('bench/main.ts');
