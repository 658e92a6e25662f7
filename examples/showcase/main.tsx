import { render } from 'solid-js/web'
import { App } from './board/app.tsx'
import './styles.css'

render(() => <App />, document.getElementById('app')!)
