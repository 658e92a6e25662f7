import type { APIEvent } from '@solidjs/start/server'
import { DeepSpaceError, room } from 'deepspace-solid/start'
import { tasks } from '../../schema'

/** Writes as the user of the request, or as `?as=`, and says what became of it. */
export async function POST({ request }: APIEvent) {
  const { searchParams } = new URL(request.url)
  const as = searchParams.get('as') === 'system' ? ({ as: 'system' } as const) : {}
  // Whatever comes of it: what is not read breaks the connection in development.
  const { id, data, titles } = (await request.json()) as { id: string; data: never; titles?: string[] }
  try {
    const here = room(searchParams.get('room')!, as)
    if (titles) {
      const visibility = 'public'
      await here.batch(
        titles.map((title) => ({ type: 'put', collection: 'tasks', recordId: title, data: { title, visibility } })),
      )
      return Response.json({})
    }
    if (data) await here.put(tasks, id, data)
    else await here.remove(tasks, id)
    const records = await here.query(tasks, { where: { recordId: id } })
    return Response.json({ records })
  } catch (error) {
    if (!(error instanceof DeepSpaceError)) return Response.json({ thrown: String(error) })
    const { code, field, message } = error
    return Response.json({ code, field, message })
  }
}
