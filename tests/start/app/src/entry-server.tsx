import { createHandler, StartServer } from '@solidjs/start/server'

/** The example's, rendered in the mode that the URL names. */
export default createHandler(
  () => (
    <StartServer
      document={({ assets, children, scripts }) => (
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>Tests</title>
            <link rel="icon" href="data:," />
            {assets}
          </head>
          <body>
            <div id="app">{children}</div>
            {scripts}
          </body>
        </html>
      )}
    />
  ),
  ({ request }) => ({ mode: (new URL(request.url).searchParams.get('mode') as 'async' | 'sync' | null) ?? 'stream' }),
)
