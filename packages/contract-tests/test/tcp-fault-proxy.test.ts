import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import {
  type FaultProxy,
  type FaultRates,
  startTcpFaultProxy,
  type TcpFaultProxyOptions,
} from '@holdfast/contract-tests'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

/** Requests as they arrived, from any connection. */
const seen: string[] = []
const open = new Set<Socket>()
const server = createServer((socket) => {
  open.add(socket)
  socket.on('close', () => open.delete(socket)).on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    seen.push(chunk.toString())
    socket.write(`${chunk.toString()} and back`)
  })
})
let target = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  target = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => void (seen.length = 0))

const dial = (proxy: FaultProxy): Socket => {
  const { hostname, port } = new URL(proxy.url)
  return connect(Number(port), hostname)
}

/** What comes back for one request: the answer, or the code of what broke. */
const ask = async (socket: Socket, text: string): Promise<string> => {
  const controller = new AbortController()
  const { signal } = controller
  const [answer, closed, broken] = [
    once(socket, 'data', { signal }).then(([chunk]) => String(chunk)),
    once(socket, 'close', { signal }).then(() => 'closed'),
    new Promise<string>((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    }),
  ]
  socket.write(text)
  try {
    return await Promise.race([answer, closed, broken, setTimeout(300, 'silence')])
  } finally {
    controller.abort()
    await Promise.allSettled([answer, closed])
  }
}

const through = async (
  faults: FaultRates,
  use: (proxy: FaultProxy, caller: Socket) => Promise<void>,
  extra: Partial<TcpFaultProxyOptions> = {},
): Promise<void> => {
  const proxy = await startTcpFaultProxy({ target, seed: 1, faults, ...extra })
  const caller = dial(proxy)
  caller.on('error', () => {})
  try {
    await use(proxy, caller)
  } finally {
    caller.destroy()
    await proxy.stop()
  }
}

test('without faults everything passes, request after request', () =>
  through({}, async (proxy, caller) => {
    expect([await ask(caller, 'one'), await ask(caller, 'two')]).toEqual([
      'one and back',
      'two and back',
    ])
    expect(seen).toEqual(['one', 'two'])
    expect(proxy.counts).toMatchObject({ requests: 2, forwarded: 2 })
  }))

test.each([
  ['resetBefore', 'ECONNRESET', []],
  ['resetAfter', 'ECONNRESET', ['one']],
  ['hang', 'silence', []],
  ['hangAfter', 'silence', ['one']],
  ['truncate', 'one an', ['one']],
] as const)('%s: the caller meets %s, the target sees %j', (kind, met, arrived) =>
  through({ [kind]: 1 }, async ({ counts }, caller) => {
    expect(await ask(caller, 'one')).toBe(met)
    expect(seen).toEqual(arrived)
    expect(counts).toMatchObject({ requests: 1, forwarded: arrived.length, faults: { [kind]: 1 } })
  }),
)

test('what is truncated ends there', () =>
  through({ truncate: 1 }, async (_, caller) => {
    await ask(caller, 'one')
    expect(await ask(caller, 'two')).not.toContain('and back')
    expect(seen).toEqual(['one'])
  }))

test('a refused connection carries no request', () =>
  through({ refuse: 1 }, async ({ counts }, caller) => {
    expect(await ask(caller, 'one')).toBe('ECONNRESET')
    expect(counts).toMatchObject({ requests: 0, faults: { refuse: 1 } })
  }))

test('latency holds back the answer, and only that', () =>
  through(
    { latency: 1 },
    async (_, caller) => {
      expect(await ask(caller, 'one')).toBe('silence')
      expect(seen).toEqual(['one'])
      const [answer] = (await once(caller, 'data')) as [Buffer]
      expect(answer.toString()).toBe('one and back')
    },
    { latencyMs: 500 },
  ))

test('a delayed request arrives also when its caller has left, and its connection ends', () =>
  through(
    { delay: 1 },
    async (_, caller) => {
      expect(await ask(caller, 'one')).toBe('silence')
      caller.destroy()
      expect(seen).toEqual([])
      await expect.poll(() => seen, { timeout: 5000 }).toEqual(['one'])
      await expect.poll(() => open.size).toBe(0)
    },
    { delayMs: 600 },
  ))

test('kinds that need the protocol answer what they are given, else are refused', async () => {
  const answers = { throttle: Buffer.from('slow down') }
  await through(
    { throttle: 1 },
    async (_, caller) => {
      expect([await ask(caller, 'one'), await ask(caller, 'two')]).toEqual([
        'slow down',
        'slow down',
      ])
      expect(seen).toEqual([])
    },
    { answers },
  )
  const start = startTcpFaultProxy({ target, seed: 1, faults: { duplicate: 1 }, answers })
  await expect(start).rejects.toThrow(
    'A TCP proxy cannot duplicate without knowing the protocol; it can refuse, resetBefore, resetAfter, hang, hangAfter, truncate, latency, delay, throttle.',
  )
  await expect(startTcpFaultProxy({ target: 'http://a', seed: 1, faults: {} })).rejects.toThrow(
    RangeError,
  )
})

test('faults change while the proxy runs, after requests that are spared', () =>
  through({}, async (proxy, caller) => {
    proxy.setFaults({ resetBefore: 1 }, 2)
    expect([await ask(caller, '1'), await ask(caller, '2'), await ask(caller, '3')]).toEqual([
      '1 and back',
      '2 and back',
      'ECONNRESET',
    ])
    expect(() => proxy.setFaults({ error500: 1 })).toThrow(RangeError)
  }))

test('stopping ends what hangs and what is held back', async () => {
  const proxy = await startTcpFaultProxy({ target, seed: 1, faults: { delay: 1 }, delayMs: 60_000 })
  const [left, there] = [dial(proxy), dial(proxy)]
  for (const caller of [left, there]) caller.on('error', () => {}).write('one')
  await expect.poll(() => proxy.counts.requests).toBe(2)
  left.destroy()
  await proxy.stop()
  await expect.poll(() => open.size).toBe(0)
  expect(seen).toEqual([])
})
