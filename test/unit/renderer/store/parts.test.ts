import { expect, it } from 'vitest';
import { wholePipeline } from '../../../../src/renderer/store/parts.ts';
import type { RunState } from '../../../../src/shared/names.ts';
import { quietSnapshot } from '../../../support/quiet-snapshot.ts';

it.each<[writer: RunState, producer: RunState, processor: RunState, canStart: boolean, canStop: boolean]>([
  ['running', 'running', 'running', false, true],
  ['running', 'starting', 'backing-off', false, true],
  ['running', 'stopped', 'running', true, true],
  ['running', 'failed', 'running', true, true],
  ['stopped', 'failed', 'stopped', true, false],
])('with %s, %s and %s: can start %s, can stop %s', (writer, producer, processor, canStart, canStop) => {
  const { stages } = quietSnapshot();
  stages.writer.state = writer;
  stages.producer.state = producer;
  stages.processor.state = processor;
  expect(wholePipeline({ stages })).toEqual({ canStart, canStop });
});
