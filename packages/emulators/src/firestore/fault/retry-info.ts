import { Metadata } from '@grpc/grpc-js'

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]

const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)]

const bytes = (field: number, content: number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
]

const text = (field: number, content: string): number[] => bytes(field, [...Buffer.from(content)])

/**
 * The trailer that tells a client when to come again: a `google.rpc.Status` that holds a
 * `google.rpc.RetryInfo`, in the protocol's binary form.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
export const retryInfo = (code: number, message: string, retryAfterMs: number): Metadata => {
  const seconds = Math.floor(retryAfterMs / 1000)
  const nanos = Math.round((retryAfterMs - seconds * 1000) * 1e6)
  const info = bytes(1, [...number(1, seconds), ...number(2, nanos)])
  const any = [...text(1, 'type.googleapis.com/google.rpc.RetryInfo'), ...bytes(2, info)]
  const status = [...number(1, code), ...text(2, message), ...bytes(3, any)]
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(status))
  return metadata
}
