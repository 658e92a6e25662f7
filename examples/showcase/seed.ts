import type { DemoUser } from './demo-users.ts'
import type { Task } from './schema.ts'

/** A task that a room begins with, and whose it is. */
export interface SeedTask {
  readonly owner: DemoUser['id']
  readonly data: Task['data']
}

/** What the board shows at first sight, from the top. */
export const seed: readonly SeedTask[] = [
  task('ben', 'Draw the empty state of the board', 2, 'public'),
  task('chloe', 'Write the launch post', 3, 'public'),
  task('ben', 'Ask legal about the new terms', 1, 'private'),
  task('ada', 'Decide the price of the team plan', 3, 'private'),
  task('chloe', 'Test the board with a screen reader', 2, 'public'),
  task('ben', 'Let the list keep its place while it scrolls', 2, 'public'),
  task('ada', 'Publish the roadmap', 2, 'public'),
  task('ben', 'Prepare the salary talk', 0, 'private'),
  task('chloe', 'Pick three quotes from the interviews', 1, 'private'),
  task('ben', 'Measure the first paint on a slow phone', 3, 'public'),
  task('ada', 'Review the incident of last Tuesday', 3, 'public'),
  task('chloe', 'Rename “projects” to “boards” everywhere', 1, 'public', 'done'),
  task('ben', 'Remove the old sign-in page', 1, 'public', 'done'),
  task('ada', 'Sign the hosting contract', 2, 'private', 'done'),
  task('chloe', 'Record a two-minute tour', 2, 'public'),
  task('ben', 'Try the dark theme in sunlight', 0, 'public'),
  task('chloe', 'Plan the surprise for Ada’s birthday', 3, 'private'),
  task('ada', 'Answer the questions from support', 1, 'public', 'done'),
  task('ben', 'Sketch an offline mode', 1, 'private'),
  task('chloe', 'Sort the feedback of the beta testers', 2, 'public', 'done'),
  task('ada', 'Invite the second group of testers', 2, 'public'),
  task('ben', 'Make the focus rings visible', 2, 'public', 'done'),
  task('chloe', 'Check the colours for contrast', 1, 'public', 'done'),
  task('ada', 'Write down what we learned', 0, 'private'),
]

function task(
  owner: DemoUser['id'],
  title: string,
  priority: number,
  visibility: 'private' | 'public',
  state: 'open' | 'done' = 'open',
): SeedTask {
  return { owner, data: { title, priority, visibility, done: state === 'done' } }
}
