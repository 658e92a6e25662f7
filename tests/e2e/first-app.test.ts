import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { type Browser, expect as expectPage, type Page } from 'playwright/test'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { codeBlocks } from '../support/code-blocks.ts'
import { makeApp, pack } from '../support/packed.ts'
import { freePort, plainly, startProcess } from '../support/process.ts'
import { upgrade } from '../support/upgrade.ts'

let folder: string
let packed: string
let app: string
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-'))
  packed = await pack(folder)
  app = await followReadme()
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  for (const path of [folder, app]) if (path) await rm(path, { recursive: true, force: true })
})

/** Does what the README says, to the letter; but the packages are taken from where they are already. */
async function followReadme(): Promise<string> {
  const blocks = await codeBlocks(join(packed, 'README.md'))
  const commands = blocks.find(({ language, code }) => language === 'sh' && code.startsWith('npm init'))!.code
  const lines = commands.trim().split('\n')
  const packages = lines
    .filter((line) => line.startsWith('npm install '))
    .flatMap((line) => line.split(' ').slice(2))
    .filter((word) => !word.startsWith('-'))
  const app = await makeApp(packed, packages)
  for (const line of lines.filter((line) => !line.startsWith('npm install '))) {
    execFileSync('sh', ['-c', line], { cwd: app, stdio: 'pipe' })
  }
  for (const { name, code } of blocks) if (name) await writeFile(join(app, name), code)
  return app
}

/** Starts a script of the app's on a port of its own. Gives where it is. */
async function run(
  args: readonly string[],
  sign: string,
  env: Record<string, string | undefined> = {},
): Promise<string> {
  const port = String(await freePort())
  const server = await startProcess('npm', [...args, '--port', port], sign, { ...plainly, ...env }, app)
  onTestFinished(server.kill)
  return `http://localhost:${port}`
}

/** A window of a browser of its own, with what it asked somebody to read. */
async function open(url: string): Promise<{ readonly page: Page; readonly dialogs: string[] }> {
  const page = await (await browser.newContext()).newPage()
  const dialogs: string[] = []
  page.on('dialog', async (dialog) => {
    dialogs.push(dialog.message())
    await dialog.accept()
  })
  await page.goto(url)
  return { page, dialogs }
}

test('a fresh clone packs everything that the package says it has, and every link of its pages leads to a file of it', async () => {
  const files = (await readdir(packed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(packed, join(entry.parentPath, entry.name)))
  const { exports } = JSON.parse(await readFile(join(packed, 'package.json'), 'utf8')) as { exports: object }
  const promised = JSON.stringify(exports).matchAll(/"\.\/([^"]+\.[\w.]+)"/g)
  for (const [, path] of promised) if (path !== 'package.json') expect(files).toContain(path)
  expect(files.filter((path) => path.startsWith('dist/src/')).length).toBeGreaterThan(50)
  // What is for those who work on the package is not in it.
  expect(
    files.filter((path) => !/^(dist\/(src|start|worker)\/|docs\/|[A-Z]+\.md$|LICENSE$|package\.json$)/.test(path)),
  ).toEqual([])

  const pages = files.filter((path) => path.endsWith('.md'))
  expect(pages).toContain('README.md')
  const dead: string[] = []
  for (const page of pages) {
    for (const [, link] of (await readFile(join(packed, page), 'utf8')).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      if (!files.includes(normalize(join(dirname(page), link!)))) dead.push(`${page}: ${link}`)
    }
  }
  expect(dead).toEqual([])
})

test('the first app of the README runs as it stands, and two windows agree', async () => {
  for (const strict of [[], ['--exactOptionalPropertyTypes']]) {
    expect(execFileSync('npx', ['--no-install', 'tsc', ...strict], { cwd: app, encoding: 'utf8' })).toBe('')
  }
  const base = await run(['run', 'dev', '--', '--strictPort'], 'ready in')
  const [ann, ben, visitor] = await Promise.all(
    ['?user=ann', '?user=ben', ''].map((search) => open(`${base}/${search}`)),
  )
  const everyone = [ann!, ben!, visitor!]
  const tasks = ({ page }: { readonly page: Page }) => page.getByRole('listitem')

  await ann!.page.getByRole('button', { name: 'New' }).click()
  for (const window of everyone) await expectPage(tasks(window)).toHaveCount(1, { timeout: 20_000 })
  await ben!.page.getByRole('button', { name: 'New' }).click()
  for (const window of everyone) await expectPage(tasks(window)).toHaveCount(2)

  // What is not one's own stays, and one is told.
  // From the last on: one that goes leaves the others before it where they are.
  for (const button of (await ben!.page.getByRole('button', { name: 'Delete' }).all()).reverse()) await button.click()
  await expect.poll(() => ben!.dialogs).toEqual(['DELETE DENIED: role=member, collection=tasks'])
  for (const window of everyone) await expectPage(tasks(window)).toHaveCount(1)
  await visitor!.page.getByRole('button', { name: 'New' }).click()
  await expect.poll(() => visitor!.dialogs).toEqual(['CREATE DENIED: role=viewer, collection=tasks'])
  await ann!.page.getByRole('button', { name: 'Done' }).click()
  for (const window of everyone) await expectPage(tasks(window)).toHaveCount(0)
  expect(ann!.dialogs).toEqual([])
})

test.for([
  { mode: 'production', environment: undefined, secret: true, status: 404 },
  { mode: 'production', environment: undefined, secret: false, status: 404 },
  { mode: 'development', environment: 'development', secret: false, status: 404 },
  // Where everything is as on the machine of who develops, it is answered: what is deployed lacks the secret and the host.
  { mode: 'development', environment: 'development', secret: true, status: 200 },
])(
  'E11: built for $mode, with a secret of development: $secret, /dev/token answers $status, and away from this machine never',
  async ({ mode, environment, secret, status }) => {
    const env = { ...plainly, NODE_ENV: environment }
    execFileSync('npm', ['run', 'build', '--', '--mode', mode], {
      cwd: app,
      stdio: 'pipe',
      env: { ...process.env, ...env },
    })
    const built = join(app, 'dist/my_app')
    const vars = join(built, '.dev.vars')
    if (!secret) await rm(vars, { force: true })
    expect(existsSync(vars)).toBe(secret)
    const base = await run(
      ['exec', '--no', '--', 'wrangler', 'dev', '-c', join(built, 'wrangler.json'), '--inspector-port', '0'],
      'Ready on',
      { NODE_ENV: environment },
    )
    const response = await fetch(`${base}/dev/token?user=ann`)
    const text = await response.text()
    expect(response.status).toBe(status)
    expect(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)).toBe(status === 200)

    const { host } = new URL(base)
    const from = async (name: string) => {
      const { socket, answer } = await upgrade(base, '/dev/token?user=ann', {
        Host: name,
        Connection: 'close',
        Upgrade: 'none',
      })
      socket.destroy()
      return answer
    }
    expect(await from(host)).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
    expect(await from('app.example')).toMatch(/^HTTP\/1.1 404/)
    // The app itself is there all the same.
    expect(await (await fetch(base)).text()).toContain('<title>My app</title>')
    expect(await (await fetch(`${base}/elsewhere`)).text()).toBe('Not found')
  },
)
