import type { Driver } from '@holdfast/core'

/** A driver with some members of its own; all others are those of `inner`. */
export const wrapDriver = (inner: Driver, members: Partial<Driver>): Driver =>
  new Proxy(inner, {
    get: (target, name) => {
      const own: unknown = Reflect.get(members, name)
      const member: unknown = own ?? Reflect.get(target, name)
      return typeof member === 'function' && own === undefined ? member.bind(target) : member
    },
  })
