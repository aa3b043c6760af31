import { defineConfig } from 'vitest/config';

// Two cores: unit tests run in parallel, integration tests (real services) one file at a time, because some hold the
// product to times. LIVEDB_TEST_WORKERS=2 runs two files of them at once: each has ports and folders of its own.
const workers = Number(process.env.LIVEDB_TEST_WORKERS ?? 1);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/unit/**/*.test.tsx'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: workers > 1,
          maxWorkers: workers,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 90_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
