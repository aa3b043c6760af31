declare module 'pino-roll' {
  import type { SonicBoom } from 'sonic-boom';

  interface Options {
    file: string;
    size?: string;
    extension?: string;
    mkdir?: boolean;
    limit?: { count: number };
  }
  export default function pinoRoll(options: Options): Promise<SonicBoom>;
}
