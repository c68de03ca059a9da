#!/usr/bin/env node
import { run } from '@holdfast/emulators/main'

await run(process.argv.slice(2))
