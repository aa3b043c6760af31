// A proxy before PostgreSQL that cuts the connection around COMMIT: before it reaches the server, or after, so that the
// answer is lost. The client cannot tell the two apart.
import { connect, createServer, type Socket } from 'node:net';

export type Cut = 'before' | 'after';

export class CommitCutter {
  /** What to do at the next COMMITs, in order; then they pass. */
  readonly plan: Cut[] = [];
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#serve(client));

  constructor(targetPort: number) {
    this.#target = targetPort;
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #serve(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // Cutting is the purpose: the other end may complain as it likes.
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    server.on('data', (data) => client.write(data));
    server.once('close', () => client.destroy());
    client.once('close', () => server.end());
    client.on('data', (data) => {
      const cut = data.includes('COMMIT') ? this.plan.shift() : undefined;
      if (cut !== 'before') server.write(data);
      if (cut === undefined) return;
      client.destroy();
      server.removeAllListeners('data');
      server.end();
    });
  }
}
