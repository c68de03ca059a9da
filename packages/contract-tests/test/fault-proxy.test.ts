import { once } from 'node:events'
import { Agent, createServer, request as send } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { type FaultProxyOptions, type FaultRates, startFaultProxy } from '@holdfast/contract-tests'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { reset } from '../src/fault-proxy/reset.ts'

const seen: { method: string; url: string; body: string; custom: unknown }[] = []
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => (body += text))
  request.on('end', () => {
    const { method = '', url = '', headers } = request
    seen.push({ method, url, body, custom: headers['x-custom'] })
    response.writeHead(201, { 'x-seen': String(seen.length) }).end(`${body} and back again`)
  })
})
let target = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => void (seen.length = 0))

interface Answer {
  readonly status: number
  readonly header: unknown
  readonly body: string
}

/** One request over a connection of its own. Rejects with the code of what broke. */
const post = (url: string, signal?: AbortSignal, agent?: Agent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: { 'x-custom': 'kept' },
      agent: agent ?? false,
      ...(signal === undefined ? {} : { signal }),
    }
    const request = send(`${url}/there`, options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, header: response.headers['x-seen'], body }),
      )
      response.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.code)))
    })
    request.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.code)))
    request.end('there')
  })

type Extra = Partial<Omit<FaultProxyOptions, 'target' | 'faults'>>

const through = async <T>(
  faults: FaultRates,
  use: (proxy: Awaited<ReturnType<typeof startFaultProxy>>) => Promise<T>,
  extra: Extra = {},
): Promise<T> => {
  const proxy = await startFaultProxy({ target, seed: 1, faults, ...extra })
  try {
    return await use(proxy)
  } finally {
    await proxy.stop()
  }
}

const ANSWER = { status: 201, header: '1', body: 'there and back again' }

test('without faults everything passes unchanged', () =>
  through({}, async ({ url, counts }) => {
    expect(await post(url)).toEqual(ANSWER)
    expect(seen).toEqual([{ method: 'POST', url: '/there', body: 'there', custom: 'kept' }])
    expect(counts).toMatchObject({ requests: 1, forwarded: 1, faults: { resetBefore: 0 } })
  }))

test.each([
  ['resetBefore', 0],
  ['resetAfter', 1],
] as const)('%s resets the connection, and the target saw %i requests', (kind, forwarded) =>
  through({ [kind]: 1 }, async ({ url, counts }) => {
    await expect(post(url)).rejects.toThrow('ECONNRESET')
    expect(seen).toHaveLength(forwarded)
    expect(counts).toMatchObject({ requests: 1, forwarded, faults: { [kind]: 1 } })
  }),
)

test.each([
  ['hang', 0],
  ['hangAfter', 1],
] as const)('%s never answers, and the target saw %i requests', (kind, forwarded) =>
  through({ [kind]: 1 }, async ({ url, counts }) => {
    await expect(post(url, AbortSignal.timeout(300))).rejects.toThrow('ABORT_ERR')
    expect(seen).toHaveLength(forwarded)
    expect(counts).toMatchObject({ requests: 1, forwarded, faults: { [kind]: 1 } })
  }),
)

test.each([
  ['error500', 500, 0],
  ['error500After', 500, 1],
  ['error503', 503, 0],
  ['throttle', 429, 0],
] as const)('%s answers %i, and the target saw %i requests', (kind, status, forwarded) =>
  through({ [kind]: 1 }, async ({ url }) => {
    expect(await post(url)).toMatchObject({ status, body: '' })
    expect(seen).toHaveLength(forwarded)
  }),
)

test('throttled and failed answers are those of the vendor', async () => {
  const vendor = { headers: { 'x-seen': 'never' }, body: '{"too":"fast"}' }
  await through(
    { throttle: 1 },
    async ({ url }) => {
      expect(await post(url)).toEqual({ status: 400, header: 'never', body: vendor.body })
    },
    { throttled: { status: 400, ...vendor } },
  )
  await through(
    { error503: 1 },
    async ({ url }) => {
      expect(await post(url)).toEqual({ status: 503, header: 'never', body: vendor.body })
    },
    { failed: vendor },
  )
})

test('a truncated answer breaks off in its body', () =>
  through({ truncate: 1 }, async ({ url }) => {
    await expect(post(url)).rejects.toThrow('ECONNRESET')
    expect(seen).toHaveLength(1)
    const response = await fetch(url, { method: 'POST', body: 'there' })
    expect(response.status).toBe(201)
    await expect(response.text()).rejects.toThrow('terminated')
  }))

test('latency holds back the answer, not the request', () =>
  through(
    { latency: 1 },
    async ({ url }) => {
      const start = performance.now()
      const answer = post(url)
      await expect.poll(() => seen.length).toBe(1)
      const applied = performance.now() - start
      expect(await answer).toEqual(ANSWER)
      expect(performance.now() - start).toBeGreaterThan(499)
      expect(applied).toBeLessThan(500)
    },
    { latencyMs: 500 },
  ))

test('a delayed request arrives even when its caller has given up', () =>
  through(
    { delay: 1 },
    async ({ url }) => {
      await expect(post(url, AbortSignal.timeout(200))).rejects.toThrow('ABORT_ERR')
      expect(seen).toHaveLength(0)
      await expect.poll(() => seen.length, { timeout: 5000 }).toBe(1)
    },
    { delayMs: 500 },
  ))

test('a duplicate is delivered twice and answered once', () =>
  through({ duplicate: 1 }, async ({ url, counts }) => {
    expect(await post(url)).toEqual(ANSWER)
    expect(seen).toHaveLength(2)
    expect(counts).toMatchObject({ requests: 1, forwarded: 2 })
  }))

test('a refused connection carries no request', () =>
  through({ refuse: 1 }, async ({ url, counts }) => {
    await expect(post(url)).rejects.toThrow('ECONNRESET')
    expect(counts).toMatchObject({ requests: 0, forwarded: 0, faults: { refuse: 1 } })
  }))

test('a proxy that is down refuses connections until it is up again at its address', () =>
  through({}, async (proxy) => {
    const { url } = proxy
    const agent = new Agent({ keepAlive: true })
    await post(url, undefined, agent)
    await proxy.down()
    await expect(post(url)).rejects.toThrow('ECONNREFUSED')
    await proxy.up()
    expect(proxy.url).toBe(url)
    expect(await post(url)).toMatchObject({ status: 201 })
    agent.destroy()
  }))

test('a target that is gone resets the caller', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  gone.close()
  await once(gone, 'close')
  const proxy = await startFaultProxy({ target: `http://127.0.0.1:${port}`, seed: 1, faults: {} })
  await expect(post(proxy.url)).rejects.toThrow('ECONNRESET')
  await proxy.stop()
})

test('requests that are spared meet no fault and use up no draw', () =>
  through(
    { error500: 1 },
    async ({ url, counts }) => {
      expect(await post(url)).toEqual(ANSWER)
      expect(counts.faults.error500).toBe(0)
    },
    { only: ({ headers }) => headers['x-custom'] !== 'kept' },
  ))

/** What 200 requests met, one letter each. */
const history = async (seed: number): Promise<string> => {
  const faults = { error500: 0.1, error503: 0.1 }
  const answers = await through(
    faults,
    async ({ url }) => {
      const met: string[] = []
      for (let at = 0; at < 200; at += 1) met.push(String((await post(url)).status).slice(2))
      return met
    },
    { seed },
  )
  return answers.join('')
}

test('the same seed brings the same faults at their rates, and another seed others', async () => {
  const [first, again, other] = [await history(7), await history(7), await history(8)]
  expect(again).toBe(first)
  expect(other).not.toBe(first)
  for (const letter of '03') {
    const share = first.split(letter).length - 1
    expect(share).toBeGreaterThan(5)
    expect(share).toBeLessThan(40)
  }
})

test('rates that are no shares of a whole, and targets that are not http, are refused', async () => {
  const start = (faults: FaultRates, at = target) =>
    startFaultProxy({ target: at, seed: 1, faults })
  await expect(start({ hang: -0.1 })).rejects.toThrow(RangeError)
  await expect(start({ hang: 0.6, throttle: 0.5 })).rejects.toThrow(RangeError)
  await expect(start({ hang: Number.NaN })).rejects.toThrow(RangeError)
  await expect(start({}, 'https://127.0.0.1')).rejects.toThrow(RangeError)
})

test('stopping ends what hangs', async () => {
  const proxy = await startFaultProxy({ target, seed: 1, faults: { hang: 1 } })
  const ended = post(proxy.url).catch((error: unknown) => String(error))
  await expect.poll(() => proxy.counts.requests).toBe(1)
  await proxy.stop()
  expect(await ended).toContain('ECONNRESET')
})

test('a connection that is ending is closed on both sides when it is reset', async () => {
  const tcp = createTcpServer((socket) => {
    socket.end('last words')
    reset(socket)
  }).listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const caller = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume()
  const broken = new Promise<string>((resolve) => {
    caller.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  // A socket that is half open still takes what the caller writes.
  const writing = setInterval(() => caller.write('still there?'), 20)
  expect(['EPIPE', 'ECONNRESET']).toContain(await broken)
  clearInterval(writing)
  tcp.close()
})
