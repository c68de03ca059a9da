#!/usr/bin/env node
import '@holdfast/emulators/main'
