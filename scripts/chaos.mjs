// `npm run chaos`: set-up as `npm start` does it, then the breaking on Node 24 in a process of their own.
import { runBuilt } from './set-up/run-built.mjs';

await runBuilt('chaos/main.ts');
