import { whyNoDynamodb } from '@holdfast/engines'
import { defineConfig } from 'vitest/config'

// Generous, because tests start real servers and machines may be busy.
const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 }

const whyNot = await whyNoDynamodb()
if (whyNot !== undefined) console.warn(`Tests on DynamoDB are left out. ${whyNot}`)
const leftOut =
  whyNot === undefined
    ? []
    : [
        'packages/adapter-aws/test/engine/**',
        'packages/adapter-aws/test/contract*.test.ts',
        'packages/engines/test/dynamodb.test.ts',
      ]

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...timeouts,
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/*.test.ts', 'benchmarks/*.test.ts'],
          exclude: ['**/node_modules/**', '**/contract*.test.ts', ...leftOut],
        },
      },
      {
        test: {
          ...timeouts,
          name: 'contract',
          include: ['packages/*/test/**/contract*.test.ts'],
          exclude: ['**/node_modules/**', ...leftOut],
        },
      },
    ],
  },
})
