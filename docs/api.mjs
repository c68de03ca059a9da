// Compares each package's public types with docs/api/<name>.api.md; --update rewrites the files.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const folder of ['.cache/api', 'docs/api']) mkdirSync(`${root}${folder}`, { recursive: true })

for (const name of ['core']) {
  const folder = `${root}packages/${name}`
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: `${folder}/dist/index.d.ts`,
      compiler: { tsconfigFilePath: `${folder}/tsconfig.build.json` },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: `${root}docs/api`,
        reportTempFolder: `${root}.cache/api`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { extractorMessageReporting: { 'ae-missing-release-tag': { logLevel: 'none' } } },
    },
    configObjectFullPath: `${folder}/api-extractor.json`,
    packageJsonFullPath: `${folder}/package.json`,
  })
  const update = process.argv.includes('--update')
  const { succeeded } = Extractor.invoke(config, { localBuild: update })
  if (!succeeded) process.exitCode = 1
}
