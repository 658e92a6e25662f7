import { env } from 'cloudflare:workers'
import { createMiddleware } from '@solidjs/start/middleware'
import { liveRecords } from 'deepspace-solid/start'
import { identify } from './identity'

export default createMiddleware({ onRequest: [liveRecords({ rooms: env.RECORDS, identify, anonymous: true })] })
