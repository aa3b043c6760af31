// What the person can do, as functions that say what they did: shared by buttons, shortcuts and the command palette.
import type { ChaosTarget, Fault } from '../../shared/chaos.ts';
import type { CommandInput } from '../../shared/commands.ts';
import { type Service, STAGES, type Stage } from '../../shared/names.ts';
import type { Settings, SettingsChange, WriterSettings } from '../../shared/settings.ts';
import { controlRoom, perform, reportDone, reportFailure } from './index.ts';
import { undoOfProcessor } from './undo.ts';
import { PART_NAMES } from './words.ts';

export type Part = Stage | Service;

export function isStage(part: Part): part is Stage {
  return (STAGES as readonly string[]).includes(part);
}

export function startPart(part: Part): void {
  const how = {
    part,
    expect: 'starting',
    done: `${PART_NAMES[part]} started`,
    failed: `${PART_NAMES[part]} was not started`,
  } as const;
  if (isStage(part)) void perform('stage.start', { stage: part }, how);
  else void perform('service.start', { service: part }, how);
}

export function stopPart(part: Part): void {
  const how = {
    part,
    expect: 'stopping',
    done: `${PART_NAMES[part]} stopped`,
    failed: `${PART_NAMES[part]} was not stopped`,
    undo: () => startPart(part),
  } as const;
  if (isStage(part)) void perform('stage.stop', { stage: part }, how);
  else void perform('service.stop', { service: part }, how);
}

/** SIGKILL, on purpose: what recovers by itself needs no question before. */
export function killPart(part: Part): void {
  if (part === 'engine') {
    const how = { part, done: 'Engine killed; it comes back by itself', failed: 'The engine was not killed' };
    void perform('service.kill', { service: part }, how);
  } else breakPart(part, 'kill');
}

type HarmFault = 'poison' | 'double';

const BROKEN: Record<Exclude<Fault, HarmFault>, [done: string, verb: string]> = {
  kill: ['killed; it comes back by itself', 'killed'],
  freeze: ['frozen for 5 s', 'frozen'],
  cut: ['cut off the network for 5 s', 'cut off'],
  slow: ['slowed down for 5 s', 'slowed down'],
  'slow-disk': ['has a slow disk for 5 s', 'given a slow disk'],
};

/** Makes a fault whose scorecard then shows what came of it. */
export function breakPart(target: ChaosTarget, fault: Exclude<Fault, HarmFault>): void {
  const [done, verb] = BROKEN[fault];
  const name = PART_NAMES[target];
  const how = { part: target, done: `${name} ${done}`, failed: `${name} was not ${verb}` };
  void perform('chaos.inject', { fault, target }, how);
}

/** Puts records on the topic that a pipeline has to cope with. */
export function harmTopic(fault: HarmFault, count: number, done: string): void {
  const how = { part: 'kafka', done, failed: 'Nothing was published' } as const;
  void perform('chaos.inject', { fault, target: 'kafka', count }, how);
}

export function startAll(): void {
  void perform('pipeline.start', {}, { done: 'Pipeline started', failed: 'The pipeline was not started' });
}

export function stopAll(): void {
  const how = { done: 'Pipeline stopped', failed: 'The pipeline was not stopped', undo: startAll };
  void perform('pipeline.stop', {}, how);
}

/** `done` empty: nothing is said (while a slider is being dragged). */
export function configureWriter(change: CommandInput<'writer.configure'>, done = ''): void {
  const before = settings()?.writer;
  void perform('writer.configure', change, {
    failed: 'The writer keeps its settings',
    ...(done === '' ? {} : { done }),
    ...(done === '' || before === undefined
      ? {}
      : { undo: () => configureWriter(before, 'Writer settings restored') }),
  });
}

/** Ends a drag: `before` is what undo goes back to. Resolves to whether the writer took it; never rejects. */
export async function settleWriter(
  change: Partial<WriterSettings>,
  before: WriterSettings,
  done: string,
): Promise<boolean> {
  const undo = () => configureWriter(before, 'Writer settings restored');
  const how = { failed: 'The writer keeps its settings', done, undo };
  return (await perform('writer.configure', change, how)) !== null;
}

export function configureProducer(change: CommandInput<'producer.configure'>, done: string): void {
  const before = settings()?.producer;
  const undo =
    before === undefined ? undefined : () => configureProducer(before, 'Producer settings restored');
  void perform('producer.configure', change, { failed: 'The producer keeps its settings', done, undo });
}

export function configureProcessor(change: CommandInput<'processor.configure'>, done: string): void {
  const before = settings()?.processor;
  const undo =
    before === undefined
      ? undefined
      : () => configureProcessor(undoOfProcessor(change, before), 'Processor settings restored');
  void perform('processor.configure', change, { failed: 'The processor keeps its settings', done, undo });
}

export function changeSettings(change: SettingsChange, done: string): void {
  void perform('settings.set', change, { failed: 'The settings were not changed', done });
}

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    reportDone(controlRoom, `${what} copied`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reportFailure(controlRoom, `${what} was not copied`, {
      code: 'clipboard',
      message: `The browser refused access to the clipboard: ${message}`,
      remedy: 'Select the text and copy it by hand.',
    });
  }
}

function settings(): Settings | undefined {
  return controlRoom.getState().snapshot?.settings;
}
