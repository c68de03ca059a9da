import { execFile } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the generated project declares its entities with. */
export type Flavour = 'interfaces' | 'zod' | 'holdfast'

/** Every flavour, the cheapest first. */
export const FLAVOURS = ['interfaces', 'zod', 'holdfast'] as const

const ENTITIES = 100
const coreEntry = fileURLToPath(import.meta.resolve('@holdfast/core'))
const coreSource = dirname(coreEntry)
const coreFolder = dirname(coreSource)
const root = join(coreFolder, '../..')

/** Where the projects are generated. */
export const projectsFolder: string = join(root, '.cache/type-cost')

const FIELDS = [
  ['tenantId', 'string', 'z.string()'],
  ['id', 'string', 'z.string()'],
  ['customerId', 'string', 'z.string()'],
  ['status', "'open' | 'paid' | 'shipped'", "z.enum(['open', 'paid', 'shipped'])"],
  ['currency', 'string', 'z.string()'],
  ['total', 'number', 'z.number()'],
  ['discount', 'number | undefined', 'z.number().optional()'],
  ['quantity', 'number', 'z.int()'],
  ['isGift', 'boolean', 'z.boolean()'],
  ['placedAt', 'Date', 'z.date()'],
  ['updatedAt', 'Date', 'z.date()'],
  [
    'address',
    '{ street: string; city: string }',
    'z.object({ street: z.string(), city: z.string() })',
  ],
  [
    'lines',
    '{ sku: string; count: number }[]',
    'z.array(z.object({ sku: z.string(), count: z.int() }))',
  ],
  ['revision', 'string', 'z.string()'],
] as const

// A field of its own name makes every entity a type of its own, as in a real project.
const own = (at: number): string => `note${at}`

const interfaceOf = (at: number): string =>
  `export interface Row${at} {\n${FIELDS.map(([name, type]) =>
    type.endsWith('undefined') ? `  ${name}?: ${type}` : `  ${name}: ${type}`,
  ).join('\n')}\n  ${own(at)}: string\n}\n`

const schemaOf = (at: number): string =>
  `export const schema${at} = z.object({\n${FIELDS.map(([name, , schema]) => `  ${name}: ${schema},`).join('\n')}\n  ${own(at)}: z.string(),\n})\n`

/** The uses every flavour has: build a record, read fields of it. */
const usesOf = (at: number, type: string): string =>
  `export const describe${at} = (row: ${type}): string =>
  row.id + row.status + row.total.toFixed(2) + row.placedAt.toISOString() + row.address.city + row.${own(at)} + (row.lines[0]?.sku ?? '')
`

const handWritten = (at: number): string => `${interfaceOf(at)}
export interface Repository${at} {
  get(key: { tenantId: string; id: string }): Promise<Row${at} | undefined>
  find(where: Partial<Row${at}>): Promise<{ items: Row${at}[]; cursor?: string }>
  update(key: { tenantId: string; id: string }, patch: Partial<Row${at}>): Promise<Row${at}>
}
${usesOf(at, `Row${at}`)}
export const use${at} = async (rows: Repository${at}): Promise<string> => {
  const key = { tenantId: 't', id: 'i' }
  const row = await rows.get(key)
  const page = await rows.find({ tenantId: 't', status: 'open' })
  const next = await rows.update(key, { status: 'paid', total: 2 })
  return [...(row === undefined ? [] : [row]), ...page.items, next].map(describe${at}).join()
}
`

const zodAlone = (at: number): string => `import { z } from 'zod'
${schemaOf(at)}
export type Row${at} = z.output<typeof schema${at}>
${usesOf(at, `Row${at}`)}
export const use${at} = (input: unknown): string => describe${at}(schema${at}.parse(input))
`

const withHoldfast = (
  at: number,
): string => `import { defineEntity, definePolicy, gt, increment, oneOf } from '@holdfast/core'
import { z } from 'zod'
import { actor } from './actor.js'
import type { Db } from './store.js'
${schemaOf(at)}
export const Entity${at} = defineEntity('entity${at}', {
  schema: schema${at},
  key: { partition: ['tenantId'], sort: ['id'] },
  indexes: { byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] } },
  version: 'revision',
  sensitive: ['discount'],
})
export const policy${at} = definePolicy(Entity${at}, actor, ({ me, allow, deny }) => ({
  read: [
    allow('customer', { tenantId: me.tenantId, customerId: me.id }),
    allow('clerk', { tenantId: me.tenantId }, { reveal: ['discount'] }),
  ],
  create: [allow('clerk', { tenantId: me.tenantId }, { fields: 'all' })],
  update: [
    allow('clerk', { tenantId: me.tenantId }, { fields: ['status', 'total', 'quantity'] }),
    deny('*', { status: 'shipped' }, { on: 'old' }),
  ],
}))
export type Row${at} = z.output<typeof schema${at}>
${usesOf(at, `Omit<Row${at}, 'discount'>`)}
export const use${at} = async (db: Db): Promise<string> => {
  const key = { tenantId: 't', id: 'i' }
  const row = await db.entity${at}.get(key)
  const page = await db.entity${at}.find({
    where: { tenantId: 't', status: oneOf(['open', 'paid']), placedAt: gt(new Date(0)), ${own(at)}: 'x' },
    orderBy: 'desc',
  })
  const next = await db.entity${at}.update(key, { status: 'paid', quantity: increment(2) })
  return [...(row === undefined ? [] : [row]), ...page.items, next].map(describe${at}).join()
}
`

const ACTOR = `import { defineActor } from '@holdfast/core'
import { z } from 'zod'
export const actor = defineActor(
  z.object({ id: z.string(), tenantId: z.string(), roles: z.array(z.enum(['customer', 'clerk'])) }),
)
`

/** The one store over all entities. */
const storeOf = (): string => {
  const all = Array.from({ length: ENTITIES }, (_, at) => at)
  const list = (one: (at: number) => string): string => all.map(one).join('')
  return `import { createStore, type Driver } from '@holdfast/core'
import { actor } from './actor.js'
${list((at) => `import { Entity${at}, policy${at} } from './entity-${at}.js'\n`)}
const open = (adapter: Driver) =>
  createStore({
    adapter,
    entities: {
${list((at) => `      entity${at}: Entity${at},\n`)}    },
    policies: [${all.map((at) => `policy${at}`).join(', ')}],
    actor,
  })
export type Db = ReturnType<ReturnType<typeof open>['as']>
`
}

const SOURCES: Readonly<Record<Flavour, (at: number) => string>> = {
  interfaces: handWritten,
  zod: zodAlone,
  holdfast: withHoldfast,
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const writeProject = async (flavour: Flavour): Promise<void> => {
  const folder = join(projectsFolder, flavour)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'tsconfig.json'),
    json({
      compilerOptions: {
        target: 'es2024',
        lib: ['es2024', 'dom'],
        module: 'nodenext',
        types: [],
        strict: true,
        exactOptionalPropertyTypes: flavour !== 'interfaces',
        noUncheckedIndexedAccess: true,
        skipLibCheck: true,
        noEmit: true,
      },
      include: ['*.ts'],
    }),
  )
  await writeFile(join(folder, 'package.json'), json({ private: true, type: 'module' }))
  for (let at = 0; at < ENTITIES; at += 1)
    await writeFile(join(folder, `entity-${at}.ts`), SOURCES[flavour](at))
  if (flavour !== 'holdfast') return
  await writeFile(join(folder, 'actor.ts'), ACTOR)
  await writeFile(join(folder, 'store.ts'), storeOf())
}

/** The compilers, by the name of their version. */
export const COMPILERS: Readonly<Record<string, string>> = {
  'TypeScript 7': join(root, 'node_modules/typescript'),
  'TypeScript 6': dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
}

/** Runs one of the compilers. */
export const tsc = async (compiler: string, ...args: string[]): Promise<string> => {
  const folder = COMPILERS[compiler] ?? ''
  const [status, report] = await new Promise<[unknown, string]>((resolve) => {
    const all = [join(folder, 'bin/tsc'), ...args]
    execFile(process.execPath, all, { maxBuffer: 1 << 26 }, (error, stdout) =>
      resolve([error, stdout]),
    )
  })
  if (status !== null) throw new Error(`${compiler} found errors:\n${report.slice(0, 2000)}`)
  return report
}

/** Declarations of core as they are published: a user's compiler reads these, never the sources. */
const publishCore = async (): Promise<void> => {
  const target = join(projectsFolder, 'node_modules/@holdfast/core')
  await mkdir(target, { recursive: true })
  const build = join(coreFolder, 'tsconfig.build.json')
  const folder = join(target, 'dist')
  await tsc('TypeScript 7', '-p', build, '--emitDeclarationOnly', '--outDir', folder)
  const entry = { types: './dist/index.d.ts', default: './dist/index.js' }
  await writeFile(
    join(target, 'package.json'),
    json({ name: '@holdfast/core', type: 'module', exports: { '.': entry } }),
  )
  const zod = dirname(createRequire(import.meta.url).resolve('zod/package.json'))
  await symlink(zod, join(projectsFolder, 'node_modules/zod'), 'junction')
}

/** Generates every project anew. */
export const generateProjects = async (): Promise<void> => {
  await rm(projectsFolder, { recursive: true, force: true })
  await publishCore()
  for (const flavour of FLAVOURS) await writeProject(flavour)
}
