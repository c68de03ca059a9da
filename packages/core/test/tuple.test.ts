import { expect, test } from 'vitest'
import { decodeNumber, decodeTuple } from '../src/tuple.ts'

test.each([
  '1x!',
  '2zz!',
  '3 !',
  '5!',
  '5abc!',
  '5000000000000NaN!',
  '5062135596800000.5!',
  '51000000000000000!',
  '5315537897600000!',
  '7zz!',
  '7A!',
  '7ab!',
  '411!',
  '425010!',
  '4250110!',
  '4250101!',
  '404989~!',
  '6a',
])('%j, which encodeTuple never writes, is refused', (text) => {
  expect(() => decodeTuple(text)).toThrow(expect.objectContaining({ code: 'INVALID' }))
})

test.each(['25010', '250110', '250101', '04989~', '', '0', '2'])(
  '%j, which encodeNumber never writes, is refused',
  (text) => {
    expect(() => decodeNumber(text)).toThrow(expect.objectContaining({ code: 'INVALID' }))
  },
)
