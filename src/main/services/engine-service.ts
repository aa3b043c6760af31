// The engine that computes the windows. The built-in one lives in the processor's own process, so its life is the
// processor's; another engine (Flink) would be a service with a life of its own behind the same shape.
import type { LifeStatus } from '../../shared/snapshot.ts';

export interface EngineService {
  readonly kind: 'built-in' | 'flink';
  status(): LifeStatus;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface ProcessorStage {
  status(): LifeStatus;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function createBuiltInEngine(processor: ProcessorStage): EngineService {
  return {
    kind: 'built-in',
    // Its processor time and memory are counted with the processor, once.
    status: () => ({ ...processor.status(), cpu: null, rssBytes: null }),
    start: processor.start,
    stop: processor.stop,
    kill: processor.kill,
  };
}
