import { beforeEach, describe, expect, it } from 'vitest';
import { createElectronHost } from '../../../src/main/hosts/electron-host.ts';
import type { Host } from '../../../src/main/hosts/host.ts';
import { programPaths } from '../../../src/main/hosts/program-paths.ts';
import { ElectronDouble, type UtilityDouble } from '../../support/electron-double.ts';

let electron: ElectronDouble;
let host: Host;
let killed: number[];
let killPid: (pid: number) => void;

beforeEach(() => {
  electron = new ElectronDouble();
  killed = [];
  killPid = (pid) => void killed.push(pid);
  host = createElectronHost(
    electron,
    programPaths(`${process.cwd()}/out/main/index.js`),
    () => undefined,
    (pid) => killPid(pid),
  );
});

function fork() {
  const child = host.fork('writer');
  const utility = electron.children.at(-1) as UtilityDouble;
  const exits: [number | null, string | null][] = [];
  child.onExit((code, signal) => void exits.push([code, signal]));
  return { child, utility, exits };
}

const gone = (utility: UtilityDouble, exitCode: number) =>
  electron.events.emit(
    'child-process-gone',
    {},
    {
      type: 'Utility',
      exitCode,
      serviceName: utility.serviceName,
    },
  );

describe('children as utility processes', () => {
  it('run the built program and carry messages both ways', () => {
    const { child, utility } = fork();
    expect(utility.path).toMatch(/out[\\/]main[\\/]writer\.js$/);
    expect(child.pid).toBeUndefined();
    utility.spawn(4711);
    expect(child.pid).toBe(4711);
    const heard: unknown[] = [];
    child.onMessage((message) => void heard.push(message));
    utility.emit('message', { type: 'hello', pid: 4711 });
    child.send({ type: 'drain' });
    expect([heard, utility.posted]).toEqual([[{ type: 'hello', pid: 4711 }], [{ type: 'drain' }]]);
  });

  it.each<[string, (utility: UtilityDouble) => void]>([
    ['exit alone', (utility) => void utility.emit('exit', 3)],
    [
      'exit, then gone',
      (utility) => {
        utility.emit('exit', 3);
        gone(utility, 3);
      },
    ],
    [
      'gone, then exit',
      (utility) => {
        gone(utility, 3);
        utility.emit('exit', 3);
      },
    ],
    [
      'exit twice',
      (utility) => {
        utility.emit('exit', 3);
        utility.emit('exit', 0);
      },
    ],
    ['gone alone', (utility) => void gone(utility, 3)],
  ])('tell of their end once: %s', (_name, end) => {
    const { utility, exits } = fork();
    const other = fork();
    end(utility);
    expect(exits).toEqual([[3, null]]);
    expect(other.exits).toEqual([]);
  });

  it('tell their end also to who asks later', async () => {
    const { child, utility } = fork();
    utility.emit('exit', 1);
    const late = await new Promise((settle) => child.onExit((code) => settle(code)));
    expect(late).toBe(1);
    child.send({ type: 'drain' });
    expect(utility.posted).toEqual([]);
  });

  it('are killed hard, even before they are there', () => {
    const { child, utility, exits } = fork();
    child.kill();
    expect(killed).toEqual([]);
    utility.spawn(99);
    expect(killed).toEqual([99]);
    utility.emit('exit', 9);
    expect(exits).toEqual([[null, 'SIGKILL']]);
    child.kill();
    expect(killed).toEqual([99]);
  });

  it('are killed by Electron when the system refuses', () => {
    const { child, utility } = fork();
    utility.spawn(99);
    killPid = () => {
      throw Object.assign(new Error('no'), { code: 'EPERM' });
    };
    child.kill();
    expect(utility.kills).toBe(1);
  });
});
