// Starting: the second `npm start`, Start all on warm services to the first counted event, and the page in a browser.
import type { ControlRoom } from '../test/support/control-room.ts';
import { against, type Figure, figure, quantile } from './figure.ts';

const STARTS = 5;

export async function benchStartAll(room: ControlRoom): Promise<Figure[]> {
  await room.execute('writer.configure', { preset: 'busy' });
  const times: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    await room.execute('pipeline.stop', {});
    await room.until('all stopped', (s) =>
      Object.values(s.stages).every((stage) => stage.state === 'stopped'),
    );
    const before = (await room.snapshot()).stages.processor.events;
    let began = 0;
    let done: (ms: number) => void = () => undefined;
    const first = new Promise<number>((resolve) => {
      done = resolve;
    });
    const stream = await room.frames((frame) => {
      if (began > 0 && frame.snapshot.stages.processor.events > before) done(performance.now() - began);
    });
    began = performance.now();
    await room.execute('pipeline.start', {});
    times.push(await first);
    stream.stop();
  }
  times.sort((a, b) => a - b);
  return [
    against(
      figure(
        'Start all to first point',
        quantile(times, 0.5),
        'ms',
        `median of ${STARTS}, worst ${times.at(-1)?.toFixed(0)} ms`,
      ),
      { atMost: 1000 },
    ),
  ];
}

export async function benchPage(room: ControlRoom): Promise<Figure[]> {
  const browserPath = process.env.LIVEDB_CHROMIUM ?? '/usr/bin/chromium';
  const { chromium } = await import('playwright');
  const browser = await chromium
    .launch({ executablePath: browserPath, args: ['--no-sandbox'] })
    .catch(() => null);
  if (browser === null) return [figure('page interactive', null, 'ms', 'no browser here')];
  const times: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    const page = await browser.newPage();
    const began = performance.now();
    await page.goto(room.ready.open);
    await page
      .getByRole('button', { name: /^(Start|Stop) writer$/ })
      .first()
      .click({ trial: true });
    times.push(performance.now() - began);
    await page.close();
  }
  await browser.close();
  times.sort((a, b) => a - b);
  return [
    against(figure('page interactive', quantile(times, 0.5), 'ms', `median of ${STARTS} loads`), {
      atMost: 1000,
    }),
  ];
}
