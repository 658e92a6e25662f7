import type { DocumentComponentProps } from '@solidjs/start/server'

/** The page around the app. */
export function Document(props: DocumentComponentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Tasks</title>
        <link rel="icon" href="data:," />
        {props.assets}
      </head>
      <body>
        <div id="app">{props.children}</div>
        {props.scripts}
      </body>
    </html>
  )
}
