import { hydrate } from 'solid-js/web'
import { App } from './app.tsx'

const { room, worker } = document.body.dataset
hydrate(() => <App room={room!} url={worker} />, document.body)
document.body.dataset.hydrated = 'true'
