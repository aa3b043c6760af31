// Waits for a condition that nothing announces, by looking again; fails with what was wanted.
export async function eventually(
  wanted: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${wanted}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
