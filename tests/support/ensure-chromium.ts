import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium } from './chromium.ts'

// Runs before `npm test`: installs the browser if there is none, as Debian's package when root may, else Playwright's.
if (!findChromium()) {
  const asPackage = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (asPackage) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'])
  } else {
    run('npx', ['playwright', 'install', 'chromium'])
  }
  if (!findChromium()) {
    console.error('No Chromium found and none could be installed; set CHROMIUM_PATH to one')
    process.exit(1)
  }
}

function run(command: string, args: string[]): void {
  console.log(`No Chromium yet: ${command} ${args.join(' ')}`)
  spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}
