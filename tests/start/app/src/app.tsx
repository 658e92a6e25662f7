import { Router } from '@solidjs/router'
import { FileRoutes } from '@solidjs/start/router'
import { Root } from './root'
import { TestRoot } from './test-root'

export default function App() {
  return (
    <Router
      root={(props) => (props.location.pathname.startsWith('/test') ? <TestRoot {...props} /> : <Root {...props} />)}
    >
      <FileRoutes />
    </Router>
  )
}
