import { inCore, type MutantPart, named, unit } from './mutant.ts'

const texts: MutantPart = {
  suites: [
    named(
      'vector|never writes|[Dd]ecimal',
      'core/test/tuple.test.ts',
      'core/test/decimal.test.ts',
      'core/test/encoding.test.ts',
    ),
  ],
  mutants: [
    ...inCore('tuple.ts', [
      ['negative numbers sort by their size', '${complement(digits)}~`', '${digits}~`'],
      [
        'negative numbers of different length are out of order',
        '${complement(digits)}~`',
        '${complement(digits)}`',
      ],

      [
        'texts of a list run together',
        'return `6${encodeKeyText(value)}!`',
        "return value === '' ? '' : `6${encodeKeyText(value)}!`",
      ],
      [
        'small bytes collide',
        ".toUpperCase().padStart(2, '0')\n  return text",
        '.toUpperCase()\n  return text',
      ],
      ['true comes before false', "value ? '3!' : '2!'", "value ? '2!' : '3!'"],
      [
        'dates before 1970 are out of order',
        "`5${String(value.getTime() + YEAR_ONE).padStart(15, '0')}!`",
        "`5${String(Math.abs(value.getTime())).padStart(15, '0')}!`",
      ],
      [
        'dates lose their milliseconds',
        'String(value.getTime() + YEAR_ONE)',
        'String(Math.floor(value.getTime() / 1000) * 1000 + YEAR_ONE)',
      ],
      [
        'a text that no list has is decoded',
        "if (encodeTuple(values) !== encoded) throw invalid('Malformed tuple text.')",
        '',
      ],
    ]),
    ...inCore('key-text.ts', [
      [
        'key text has one prefix for all bytes',
        "(byte < 0x30 ? '-' : byte < 0x41 ? ':' : byte < 0x61 ? '_' : '~') + hex",
        "'~' + hex",
      ],
      [
        'key text collides with its own encoding',
        'const LITERAL = /^[0-9A-Za-z]*$/',
        'const LITERAL = /^[-0-9A-Za-z]*$/',
      ],
      [
        'key text goes by UTF-16',
        'for (const byte of encoder.encode(text)) encoded += PREFIXES[byte]',
        'for (let at = 0; at < text.length; at += 1) encoded += PREFIXES[text.charCodeAt(at) & 255]',
      ],
    ]),
    ...inCore('decimal.ts', [
      [
        'decimals are compared as numbers',
        'return a < b ? -1 : a > b ? 1 : 0',
        'return Math.sign(Number(a) - Number(b))',
      ],
      ['1.10 is another decimal than 1.1', "while (all.charAt(end - 1) === '0') end -= 1", ''],
    ]),
  ],
}

const values: MutantPart = {
  suites: [unit('core/test/value.test.ts')],
  mutants: [
    ...inCore('value.ts', [
      ['-0 is kept', 'return size === 0 ? 0 : value', 'return value'],

      [
        'a bigint of 65 bits is kept',
        'value < -INT64 || value >= INT64',
        'value < -INT64 || value > INT64',
      ],
      ['a lone surrogate is kept', 'if (!text.isWellFormed()) fail', 'if (text.length < 0) fail'],
      ['bytes are shared with the caller', 'return new Uint8Array(value)', 'return value'],
      [
        'an integer beyond 53 bits is kept',
        'Number.isSafeInteger(value)\n',
        'Number.isInteger(value)\n',
      ],

      [
        'an empty key part is kept',
        'value.length === 0)\n      throw invalid(',
        'value.length < 0)\n      throw invalid(',
      ],
    ]),
    ...inCore('size.ts', [
      [
        'the size of a record counts characters',
        'fieldsSize(value, textBytes)',
        'fieldsSize(value, (text) => text.length)',
      ],
    ]),
  ],
}

const meaning: MutantPart = {
  suites: [unit('core/test/filter.test.ts')],
  mutants: inCore('filter.ts', [
    [
      'not of what is unknown is true',
      'return truth === undefined ? undefined : !truth',
      'return !truth',
    ],
    ['texts are ordered by UTF-16', 'if (!isHigh(x) || !isHigh(y)) return less', 'return less'],
    ['a prefix of bytes is equal to them', 'return a.length - b.length', 'return 0'],
  ]),
}

/** Defects in values, their texts and what filters mean. */
export const coreValues: readonly MutantPart[] = [texts, values, meaning]
