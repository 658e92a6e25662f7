import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { freePort, plainly, type ServerProcess, startProcess } from './process.ts'

/** A SolidStart app that is served, and where. */
export interface ServedApp extends ServerProcess {
  readonly url: string
}

/**
 * A SolidStart app in a folder of its own, made of `layers`, a later one over an earlier, with the packed package. The other
 * packages are the project's own, as files of the app: Vite serves no file from elsewhere.
 */
export async function makeStartApp(packed: string, layers: readonly string[], secret: string): Promise<string> {
  await mkdir('.vitest', { recursive: true })
  const app = await mkdtemp(resolve('.vitest/start-'))
  for (const layer of layers) {
    await cp(layer, app, { recursive: true, filter: (path) => !/\/(node_modules|dist|\.wrangler)$/.test(path) })
  }
  const modules = join(app, 'node_modules')
  try {
    // Links to the same files, where the platform has them: a second copy would be 600 MB.
    execFileSync('cp', ['-al', resolve('node_modules'), modules], { stdio: 'pipe' })
  } catch {
    await cp('node_modules', modules, { recursive: true, verbatimSymlinks: true })
  }
  for (const stale of ['.vite', 'deepspace-solid']) await rm(join(modules, stale), { recursive: true, force: true })
  await cp(packed, join(modules, 'deepspace-solid'), { recursive: true })
  await writeFile(join(app, '.dev.vars'), `AUTH_SECRET=${secret}\n`)
  return app
}

/** Serves an app as `npm run dev` does. */
export async function serveDev(app: string): Promise<ServedApp> {
  const port = String(await freePort())
  // The port answers long before the app does.
  const server = await startProcess('npx', ['vite', '--port', port, '--strictPort'], 'ready in', plainly, app)
  return { ...server, url: `http://localhost:${port}` }
}

/** Builds an app. What serves it already begins anew then. */
export async function buildApp(app: string): Promise<void> {
  await promisify(execFile)('npx', ['vite', 'build'], { cwd: app, env: { ...process.env, ...plainly } })
}

/** Serves what was built in workerd. */
export async function serveBuilt(app: string): Promise<ServedApp> {
  const port = String(await freePort())
  const state = join(app, `.wrangler/built-${port}`)
  const args = ['wrangler', 'dev', '-c', 'dist/server/wrangler.json', '--port', port, '--inspector-port', '0']
  const server = await startProcess('npx', [...args, '--persist-to', state], `localhost:${port}`, plainly, app)
  return { ...server, url: `http://localhost:${port}` }
}
