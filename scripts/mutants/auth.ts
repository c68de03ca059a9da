import { inAuth, type MutantGroup, unit } from './mutant.ts'

/** Defects in how a token becomes an actor. */
export const auth: MutantGroup = {
  parts: [
    {
      suites: [
        unit('auth/test/tokens.test.ts', 'auth/test/options.test.ts', 'auth/test/map.test.ts'),
        unit('auth/test/given-keys.test.ts', 'auth/test/issuer-keys.test.ts'),
      ],
      mutants: [
        ...inAuth('algorithms.ts', [
          [
            'a public key is taken for a secret',
            'if (symmetric && !withSecret)',
            'if (symmetric && withSecret === undefined)',
          ],
          ['short secrets are taken', 'HS256: 32,', 'HS256: 8,'],
        ]),
        ...inAuth('claims.ts', [
          [
            'a token about nobody makes an actor',
            "typeof claims.sub !== 'string' || claims.sub === ''",
            "typeof claims.sub !== 'string'",
          ],
          ['a claim reaches the prototype', "if (name !== '__proto__') copy", 'copy'],
        ]),
        ...inAuth('options.ts', [
          ['a token for another service is taken', '    audience: audiences(audience),\n', ''],
          [
            'a token of another issuer is taken',
            "issuer: text('issuer', issuer),",
            'issuer: undefined as never,',
          ],
          [
            'a token without an end is taken',
            "requiredClaims: ['exp', ...",
            'requiredClaims: [...',
          ],
          [
            'a type that was asked for is not looked at',
            "...(typ === undefined ? {} : { typ: text('typ', typ) }),",
            '',
          ],
        ]),
        ...inAuth('secure-url.ts', [
          [
            'keys come over an open line',
            "return url.protocol === 'http:' && isLoopback(url) ? url : undefined",
            "return url.protocol === 'http:' ? url : undefined",
          ],
        ]),
        ...inAuth('issuer-keys.ts', [
          [
            'a configuration of another issuer names the keys',
            'if (configuration?.issuer !== issuer)',
            'if (configuration === undefined)',
          ],
          ['a failed request for keys is kept', 'if (keys?.fresh !== true) forget(current)', ''],
        ]),
        ...inAuth('given-keys.ts', [
          [
            'a private key verifies',
            "if (keys.type === 'public') return () => keys",
            'return () => keys',
          ],
        ]),
      ],
    },
  ],
}
