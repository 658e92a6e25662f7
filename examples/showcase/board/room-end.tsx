import { createConnection } from 'deepspace-solid'
import { createEffect } from 'solid-js'
import { leaveRoom } from '../enter-room.ts'

/** Rooms of the showcase end after a day: whoever is still there is shown to another. */
export function RoomEnd() {
  const connection = createConnection()
  createEffect(() => connection.error?.code === 'forbidden' && leaveRoom())
  return null
}
