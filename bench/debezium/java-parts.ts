// What the comparison needs of Java: Debezium's embedded engine from Maven Central, once, into a folder beside other
// caches, and the two small programs of this folder compiled there. compare.ts calls it first.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const DEBEZIUM_VERSION = '3.6.3.Final';
const CACHE = join(homedir(), '.cache', 'livedb-bench', 'debezium');
const FETCH_TIMEOUT_MS = 180_000;

const artifact = (name: string) =>
  `<dependency><groupId>io.debezium</groupId><artifactId>${name}</artifactId><version>${DEBEZIUM_VERSION}</version></dependency>`;
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>livedb.bench</groupId><artifactId>debezium</artifactId><version>1</version><dependencies>
${['debezium-api', 'debezium-embedded', 'debezium-connector-postgres'].map(artifact).join('\n')}
</dependencies></project>`;

export interface JavaParts {
  /** For `java -cp`. */
  classPath: string;
  /** The Java in use, in its own words. */
  version: string;
}

/** Fetches and compiles what is not there yet. Gives the reason, for a person, where it cannot be had. */
export async function javaParts(): Promise<JavaParts | { missing: string }> {
  let version: string;
  try {
    version = (await run('javac', ['-version'])).stdout.trim();
  } catch {
    return { missing: 'a JDK of version 17 or newer is not installed (no javac on the PATH)' };
  }
  const libs = join(CACHE, 'libs');
  const engine = `debezium-embedded-${DEBEZIUM_VERSION}.jar`;
  if (!existsSync(libs) || !(await readdir(libs)).includes(engine)) {
    await mkdir(CACHE, { recursive: true });
    await writeFile(join(CACHE, 'pom.xml'), POM);
    const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs'];
    try {
      await run('mvn', goal, { cwd: CACHE, timeout: FETCH_TIMEOUT_MS });
    } catch (error) {
      const line = String(error).split('\n')[0];
      return { missing: `Debezium ${DEBEZIUM_VERSION} could not be fetched with Maven: ${line}` };
    }
  }
  const classes = join(CACHE, 'classes');
  const sources = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.java'));
  await run('javac', [
    '-cp',
    join(libs, '*'),
    '-d',
    classes,
    ...sources.map((file) => join(import.meta.dirname, file)),
  ]);
  return { classPath: `${classes}:${join(libs, '*')}`, version };
}
