import { createHandler, StartServer } from '@solidjs/start/server'
import { Document } from './document'

/** The example's, rendered in the mode that the URL names. */
export default createHandler(
  () => <StartServer document={Document} />,
  ({ request }) => ({ mode: (new URL(request.url).searchParams.get('mode') as 'async' | 'sync' | null) ?? 'stream' }),
)
