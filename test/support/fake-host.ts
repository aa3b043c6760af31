// A host whose children are scripts of the test: what they are told is recorded, what they say is said by hand or by a
// default behaviour (hello, ready, drain) that suits most tests.
import type { ChildName, ForkedChild, Host } from '../../src/main/hosts/host.ts';
import type { FromChild, ToChild } from '../../src/shared/link.ts';

export class FakeChild implements ForkedChild {
  readonly pid: number;
  readonly name: ChildName;
  readonly told: ToChild[] = [];
  alive = true;
  #messages: ((message: unknown) => void)[] = [];
  #exits: ((code: number | null, signal: string | null) => void)[] = [];
  #behaviour: Behaviour;

  constructor(name: ChildName, pid: number, behaviour: Behaviour) {
    this.name = name;
    this.pid = pid;
    this.#behaviour = behaviour;
  }

  send(message: ToChild): void {
    if (!this.alive) return;
    this.told.push(message);
    queueMicrotask(() => this.#behaviour(this, message));
  }
  onMessage(listener: (message: unknown) => void): void {
    this.#messages.push(listener);
  }
  onExit(listener: (code: number | null, signal: string | null) => void): void {
    this.#exits.push(listener);
  }
  kill(): void {
    queueMicrotask(() => this.exit(null, 'SIGKILL'));
  }

  say(message: FromChild): void {
    if (this.alive) for (const listener of this.#messages) listener(message);
  }
  sayRaw(message: unknown): void {
    for (const listener of this.#messages) listener(message);
  }
  exit(code: number | null, signal: string | null = null): void {
    if (!this.alive) return;
    this.alive = false;
    for (const listener of this.#exits) listener(code, signal);
  }
  /** Config of the start message. */
  get config(): unknown {
    return this.told.find((message) => message.type === 'start')?.config;
  }
}

export type Behaviour = (child: FakeChild, message: ToChild) => void;

const ENDPOINT = {
  kind: 'embedded',
  host: '127.0.0.1',
  port: 5001,
  database: 'livedb',
  user: 'livedb',
  password: 'secret',
  ssl: false,
} as const;

export const READY_INFO: Record<ChildName, unknown> = {
  postgres: { endpoint: ENDPOINT, version: '18.4', postmasterPid: 4242 },
  broker: { host: '127.0.0.1', port: 5002 },
  writer: null,
  producer: null,
  processor: null,
  replay: null,
  audit: null,
  faults: { host: '127.0.0.1', port: 5003 },
};

/** Gets ready when it is started, ends when it is drained, answers calls with nothing. */
export const obedient: Behaviour = (child, message) => {
  if (message.type === 'start') child.say({ type: 'ready', info: READY_INFO[child.name] });
  if (message.type === 'drain') child.exit(0);
  if (message.type === 'call') child.say({ type: 'reply', id: message.id, ok: true, result: [] });
};

export class FakeHost implements Host {
  readonly edition = 'browser' as const;
  readonly shippedSeed = '/seed/livedb_seed.csv';
  readonly version = '0.0.0-test';
  readonly children: FakeChild[] = [];
  behaviour: Behaviour = obedient;
  /** Children say hello by themselves. */
  greet = true;
  #pid = 1000;

  fork(name: ChildName): ForkedChild {
    this.#pid += 1;
    const child = new FakeChild(name, this.#pid, (one, message) => this.behaviour(one, message));
    this.children.push(child);
    if (this.greet) queueMicrotask(() => child.say({ type: 'hello', pid: child.pid }));
    return child;
  }

  /** The living child of that name; throws when there is none. */
  child(name: ChildName): FakeChild {
    const found = this.children.findLast((child) => child.name === name && child.alive);
    if (found === undefined) throw new Error(`no living ${name}`);
    return found;
  }
  /** Every living child gives its sign of life. */
  beat(): void {
    for (const child of this.children) child.say({ type: 'beat', at: 0, cpu: 0.1, rssBytes: 1e8 });
  }
  alive(name: ChildName): number {
    return this.children.filter((child) => child.name === name && child.alive).length;
  }
}
