import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Browser, expect as expectPage, type Page } from 'playwright/test'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type CodeBlock, codeBlocks } from '../support/code-blocks.ts'
import { freePort, plainly, startProcess } from '../support/process.ts'
import { makeStartApp } from '../support/start-app.ts'

const begun = Date.now()
let blocks: CodeBlock[]
let app: string
let browser: Browser

beforeAll(async () => {
  blocks = await codeBlocks(join(inject('packed'), 'docs/solid-start.md'))
  app = await followGuide()
  browser = await launchChromium()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  if (app) await rm(app, { recursive: true, force: true })
})

/** The lines of the first block of commands. */
function commands(): string[] {
  return blocks
    .find(({ language, code }) => language === 'sh' && code.startsWith('npm init'))!
    .code.trim()
    .split('\n')
}

/** What the guide has one install, by name and version. */
function installed(): [name: string, version: string | undefined][] {
  return commands()
    .filter((line) => line.startsWith('npm install '))
    .flatMap((line) => line.split(' ').slice(2))
    .filter((word) => !word.startsWith('-'))
    .map((word) => word.split(/(?<=.)@/) as [string, string | undefined])
}

/** Does what the guide says, to the letter; but the packages are taken from where the project has them. */
async function followGuide(): Promise<string> {
  const app = await makeStartApp(inject('packed'), [], '')
  await rm(join(app, '.dev.vars'))
  for (const line of commands().filter((line) => !line.startsWith('npm install '))) run('sh', ['-c', line], app)
  for (const { name, code } of blocks) {
    if (name === undefined) continue
    await mkdir(dirname(join(app, name)), { recursive: true })
    await writeFile(join(app, name), code)
  }
  return app
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, ...plainly, NO_COLOR: '1' },
  })
}

/** Starts a command of the guide's on a port of its own, until it prints that it is ready. */
async function start(command: string, args: readonly string[], sign: (port: string) => string) {
  const port = String(await freePort())
  const server = await startProcess(command, [...args, '--port', port], sign(port), plainly, app)
  onTestFinished(server.kill)
  return { base: `http://localhost:${port}`, output: server.output }
}

interface Window {
  readonly page: Page
  /** What is amiss: words on the console, answers that are errors, pages that come a second time. */
  readonly amiss: string[]
}

/** A window of a browser of its own. */
async function open(url: string, options: { readonly javaScriptEnabled?: boolean } = {}): Promise<Window> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const amiss: string[] = []
  let loads = 0
  page.on('console', (message) => {
    if (message.type() !== 'debug') amiss.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => amiss.push(String(error)))
  page.on('response', (response) => {
    // A browser asks for an icon, whether there is one or not.
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) {
      amiss.push(`${response.status()} ${response.url()}`)
    }
  })
  page.on('request', (request) => {
    if (options.javaScriptEnabled !== false && request.isNavigationRequest() && ++loads > 1) amiss.push('loaded again')
  })
  await page.goto(url)
  return { page, amiss }
}

/** What a browser without scripts sends from a form of a page: where it goes, and what is in its hidden fields. */
async function formOf(base: string, button: string, cookie: string) {
  const html = await (await fetch(base, { headers: { cookie } })).text()
  const form = html.match(/<form[\s\S]*?<\/form>/g)!.find((text) => text.includes(button))!
  const [, action] = /action="([^"]+)"/.exec(form)!
  const id = /name="id" value="([^"]+)"/.exec(form)?.[1]
  const send = (
    fields: Record<string, string>,
    headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
  ) =>
    fetch(new URL(action!.replaceAll('&amp;', '&'), base), {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, referer: `${base}/`, ...headers },
      body: new URLSearchParams({ ...(id && { id }), ...fields }),
    })
  return { id, send }
}

const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

test('what the guide has one install are the packages of the project, and all that its files import', async () => {
  for (const [name, version] of installed()) {
    if (name === 'deepspace-solid') continue
    const manifest = JSON.parse(await readFile(join('node_modules', name, 'package.json'), 'utf8'))
    expect(`${name}@${version}`).toBe(`${name}@${manifest.version}`)
  }
  const names = new Set(installed().map(([name]) => name))
  const files = blocks.filter(({ name }) => name !== undefined)
  expect(files.length).toBe(13)
  const imported = files.flatMap(({ code }) => [...code.matchAll(/ from '([^.'][^']*)'/g)].map(([, path]) => path!))
  const packages = imported.map((path) =>
    path
      .split('/')
      .slice(0, path.startsWith('@') ? 2 : 1)
      .join('/'),
  )
  expect([...new Set(packages)].filter((name) => !names.has(name) && !name.startsWith('cloudflare:'))).toEqual([])
  expect(names.size).toBeGreaterThan(8)
})

test('the app of the guide is typed, and runs in development as it says', async () => {
  expect(run('npx', ['--no-install', 'tsc'], app)).toBe('')
  expect(existsSync(join(app, 'node_modules/.vite'))).toBe(false)
  const { base, output } = await start('npm', ['run', 'dev', '--', '--strictPort'], () => 'ready in')

  // The first page that is asked of a Vite that has bundled nothing yet.
  const ann = await open(base)
  await expectPage(ann.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  const socket = ann.page.waitForEvent('websocket', {
    predicate: (each) => each.url().includes('/ws/'),
    timeout: 30_000,
  })
  await ann.page.getByLabel('Name').fill('Ann')
  await ann.page.getByRole('button', { name: 'Sign in' }).click()
  await socket
  await expectPage(ann.page.getByText('Ann')).toBeVisible({ timeout: 20_000 })

  const visitor = await open(base)
  const title = ann.page.getByLabel('Title')
  const items = ({ page }: Window) => page.getByRole('listitem')
  await title.fill('Milk')
  await ann.page.getByRole('button', { name: 'Add' }).click()
  for (const window of [ann, visitor]) await expectPage(items(window)).toHaveText([/Milk/], { timeout: 20_000 })
  await expectPage(title).toHaveValue('')

  // A title that is none is said at the form, which goes on from there.
  await ann.page.getByRole('button', { name: 'Add' }).click()
  await expectPage(ann.page.getByText('A task needs a title')).toBeVisible()
  await title.fill('Bread')
  await ann.page.getByRole('button', { name: 'Add' }).click()
  for (const window of [ann, visitor]) await expectPage(items(window)).toHaveText([/Bread/, /Milk/])
  await expectPage(ann.page.getByText('A task needs a title')).toHaveCount(0)

  // The list is in the HTML.
  const html = await (await fetch(base)).text()
  expect(html).toMatch(/<li[^>]*>(<!--[^>]*-->)*Bread[\s\S]*<li[^>]*>(<!--[^>]*-->)*Milk/)

  // What a click writes, the other window has.
  await items(ann).first().getByRole('button', { name: 'Done' }).click()
  for (const window of [ann, visitor]) await expectPage(items(window)).toHaveText([/Milk/])

  // The forms by HTTP, as a browser without scripts sends them.
  const entry = await formOf(base, 'Sign in', '')
  const welcome = await entry.send({ name: 'Ben' })
  expect(welcome.status).toBe(302)
  const [session] = welcome.headers.getSetCookie()
  expect(session).toMatch(/^session=.+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const cookie = cookiesOf(welcome)
  const adding = await formOf(base, 'Add', cookie)
  expect((await adding.send({ title: 'Salt' })).status).toBe(302)
  // Sent twice, it is there once.
  expect((await adding.send({ title: 'Salt' })).status).toBe(302)
  for (const window of [ann, visitor]) await expectPage(items(window)).toHaveText([/Salt/, /Milk/])
  const long = 'x'.repeat(121)
  const refused = await (await formOf(base, 'Add', cookie)).send({ title: long })
  const page = await fetch(base, { headers: { cookie: `${cookie}; ${cookiesOf(refused)}` } })
  expect(page.headers.get('cache-control')).toBe('private, no-store')
  const answer = await page.text()
  expect(answer).toContain('At most 120 characters')
  expect(answer).toContain(`value="${long}"`)
  // From another site it is refused.
  const foreign = await (await formOf(base, 'Add', cookie)).send(
    { title: 'Foreign' },
    { 'sec-fetch-site': 'same-site' },
  )
  expect(foreign.status).toBe(403)

  // The same without scripts, in a browser.
  const plain = await open(base, { javaScriptEnabled: false })
  await plain.page.getByLabel('Name').fill('Cleo')
  await plain.page.getByRole('button', { name: 'Sign in' }).click()
  await plain.page.getByLabel('Title').fill('Tea')
  await plain.page.getByRole('button', { name: 'Add' }).click()
  for (const window of [plain, ann, visitor]) await expectPage(items(window)).toHaveText([/Tea/, /Salt/, /Milk/])

  await ann.page.getByRole('button', { name: 'Sign out' }).click()
  await expectPage(ann.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expectPage(items(ann)).toHaveText([/Tea/, /Salt/, /Milk/])

  for (const { amiss } of [ann, visitor, plain]) expect(amiss).toEqual([])
  expect(output()).not.toMatch(/optimized dependencies changed|new dependencies optimized|page reload|\berror\b(?!:)/i)
}, 240_000)

test('it builds, is below 200 KiB as it is uploaded, and what was built runs', async () => {
  run('npm', ['run', 'build'], app)
  const dryRun = blocks.find(({ language, code }) => language === 'sh' && code.includes('--dry-run'))!.code.trim()
  const said = run('sh', ['-c', dryRun.replace(/^npx /, 'npx --no-install ')], app)
  const [, upload] = /Total Upload: .* gzip: ([\d.]+) KiB/.exec(said)!
  expect(Number(upload)).toBeGreaterThan(100)
  expect(Number(upload)).toBeLessThan(200)

  const guide = await readFile('docs/solid-start.md', 'utf8')
  const [, served] = /`npx (wrangler dev -c dist\/server\/wrangler\.json)`/.exec(guide)!
  const { base } = await start(
    'npx',
    ['--no-install', ...served!.split(' '), '--inspector-port', '0'],
    (port) => `localhost:${port}`,
  )
  const { page, amiss } = await open(base)
  await expectPage(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  const { send } = await formOf(base, 'Sign in', '')
  expect(cookiesOf(await send({ name: 'Ann' }))).not.toContain('session=')
  expect(amiss).toEqual([])
}, 240_000)

test('all of it takes less than ten minutes', () => {
  expect(Date.now() - begun).toBeLessThan(600_000)
})
