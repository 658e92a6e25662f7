import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { pack } from '../support/packed.ts'
import { buildApp, makeStartApp, serveBuilt, serveDev } from '../support/start-app.ts'
import { authSecret } from '../support/users.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the packed package. */
    packed: string
    /** The folder of the example with the pages of the tests. */
    startApp: string
    /** Where it is served from its sources, and where as it was built. */
    startDev: string
    startBuilt: string
  }
}

/** The example with the pages of the tests, served both ways for all files of the project. */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  const packed = await pack(folder)
  const app = await makeStartApp(packed, ['examples/solid-start', 'tests/start/app'], authSecret)
  // Nothing else goes on yet, and neither has work for two cores.
  const [built, dev] = await Promise.all([buildApp(app).then(() => serveBuilt(app)), serveDev(app)])
  const served = [built, dev]
  // The first page of each compiles and starts everything, which may take longer than a page waits for its room.
  for (const { url } of served) await (await fetch(url)).text()
  project.provide('packed', packed)
  project.provide('startApp', app)
  project.provide('startBuilt', built.url)
  project.provide('startDev', dev.url)
  return async () => {
    for (const { kill } of served) await kill()
    for (const path of [folder, app]) await rm(path, { recursive: true, force: true })
  }
}
