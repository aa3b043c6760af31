import { beforeEach, describe, expect, it } from 'vitest';
import { createIncidents, type Incidents, type NewIncident } from '../../../src/main/control/incidents.ts';
import type { Incident } from '../../../src/shared/incident.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let recorded: Incident[];
let incidents: Incidents;

const waiting: NewIncident = {
  severity: 'warning',
  subject: 'producer',
  code: 'waiting',
  title: 'Producer is waiting',
  cause: 'Kafka refuses connections',
};

beforeEach(() => {
  let next = 0;
  clock = new FakeClock();
  recorded = [];
  incidents = createIncidents({
    clock,
    newId: () => `i${next++}`,
    record: (incident) => recorded.push(incident),
    earlier: [],
    onChange: () => undefined,
  });
});

describe('the incident log', () => {
  it('tells what lasts once, with its begin and its end', async () => {
    incidents.begin('w', waiting);
    incidents.begin('w', waiting);
    await clock.advance(4_000);
    incidents.end('w');
    incidents.end('w');
    expect(incidents.list()).toHaveLength(1);
    const [only] = incidents.list();
    expect(only?.endedAt).toBe((only?.at ?? 0) + 4_000);
    expect(recorded.map(({ id }) => id)).toEqual(['i0', 'i0']);
  });

  it('keeps its place and time when its cause changes', () => {
    incidents.begin('w', waiting);
    incidents.begin('w', { ...waiting, cause: 'Kafka is silent' });
    expect(incidents.list()).toMatchObject([{ id: 'i0', cause: 'Kafka is silent', endedAt: null }]);
  });

  it('does not repeat the same thing within a few seconds', async () => {
    incidents.add(waiting);
    incidents.add(waiting);
    expect(incidents.list()).toHaveLength(1);
    await clock.advance(6_000);
    incidents.add(waiting);
    expect(incidents.list()).toHaveLength(2);
  });

  it('is bounded, newest first', () => {
    for (let n = 0; n < 500; n += 1) incidents.add({ ...waiting, cause: `cause ${n}` });
    expect(incidents.list()).toHaveLength(200);
    expect(incidents.list()[0]?.cause).toBe('cause 499');
  });

  it('ends all that lasts when the control plane closes', () => {
    incidents.begin('a', waiting);
    incidents.begin('b', { ...waiting, subject: 'processor' });
    incidents.add({ ...waiting, code: 'late' });
    incidents.endAll();
    expect(incidents.list().map(({ code, endedAt }) => [code, endedAt !== null])).toEqual([
      ['late', false],
      ['waiting', true],
      ['waiting', true],
    ]);
  });
});
