import { defineConfig } from 'vitest/config'

// Generous, because tests start real servers and machines may be busy.
const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...timeouts,
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/*.test.ts', 'benchmarks/*.test.ts'],
          exclude: ['**/node_modules/**', '**/contract*.test.ts'],
        },
      },
      {
        test: { ...timeouts, name: 'contract', include: ['packages/*/test/**/contract*.test.ts'] },
      },
    ],
  },
})
