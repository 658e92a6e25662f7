import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, inject, test } from 'vitest'
import { tokenFor } from './support/users.ts'

/** Inside the project, so that the package finds those that it needs; not tracked. */
const folder = resolve('.wrangler/package')

/** What somebody writes who talks with a room over a bare socket. */
const tool = `
import {
  closeCodes,
  encodeFrame,
  errorFrom,
  maxFrameBytes,
  protocolVersion,
  trafficCodes,
  type ClientFrame,
  type ServerFrame,
} from 'deepspace-solid/wire'

const url: string = process.argv[2]!
const socket = new WebSocket(url + '&v=' + protocolVersion)
const send = (frame: ClientFrame): void => socket.send(encodeFrame(frame))
const said: unknown[] = []
socket.addEventListener('message', ({ data }) => {
  const frame = JSON.parse(String(data)) as ServerFrame
  switch (frame.type) {
    case 'user.info':
      said.push(frame.payload.id)
      send({ type: 'core.subscribe', payload: { subscriptionId: 's', query: { collection: 'samples', limit: 1 } } })
      return send({ type: 'core.put', payload: { collection: 'samples', recordId: 'a', data: { number: 1 }, requestId: 'r' } })
    case 'core.query_result':
      return void said.push(frame.payload.records.length)
    case 'core.record_change':
      return void said.push('changes' in frame.payload ? 'many' : frame.payload.changeType)
    case 'records.ack':
      if (!frame.payload.success) said.push(errorFrom(frame.payload).code)
      else said.push(frame.payload.recordId ?? null)
      console.log(JSON.stringify([...said, closeCodes.unauthorized, trafficCodes.slow, maxFrameBytes]))
      return socket.close()
  }
})
// @ts-expect-error: no frame has this type
encodeFrame<ClientFrame>({ type: 'core.nothing', payload: {} })
`

test('the built package has the wire for tools: what compiles against its types speaks with a room', async () => {
  const installed = join(folder, 'node_modules/deepspace-solid')
  await rm(folder, { recursive: true, force: true })
  await mkdir(installed, { recursive: true })
  await copyFile('package.json', join(installed, 'package.json'))
  const build = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')], {
    encoding: 'utf8',
  })
  expect(build.stdout).toBe('')

  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'tool.ts'), tool)
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'dom'],
    types: ['node'],
    typeRoots: [resolve('node_modules/@types')],
    strict: true,
    noUncheckedIndexedAccess: true,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['tool.ts'] }))
  expect(spawnSync('tsc', ['-p', folder], { encoding: 'utf8' }).stdout).toBe('')

  const room = `${inject('base').replace('http', 'ws')}/ws/${crypto.randomUUID()}?token=${await tokenFor('alice')}`
  const run = spawnSync(process.execPath, [join(folder, 'tool.js'), room], { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  expect(JSON.parse(run.stdout)).toEqual(['alice', 0, 'create', 'a', 4401, 1013, 1024 * 1024])
}, 120_000)
