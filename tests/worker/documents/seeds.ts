import * as Y from 'yjs'

/**
 * Two people who have made something of every kind, and the updates that a third makes of it, one behind the other; the last two are
 * all that they have, and all that one of the others has.
 */
export function createSeeds(): { whole: Uint8Array; updates: Uint8Array[] } {
  const [a, b, c] = [1, 2, 300].map((clientID) => {
    const doc = new Y.Doc()
    doc.clientID = clientID
    return doc
  }) as [Y.Doc, Y.Doc, Y.Doc]
  const meet = (): void => {
    for (const one of [a, b, c]) for (const other of [a, b, c]) Y.applyUpdate(other, Y.encodeStateAsUpdate(one))
  }
  a.getText('text').insert(0, 'hello \u{1F600} world')
  a.getText('text').format(0, 5, { bold: true })
  b.getMap('map').set('list', Y.Array.from([1, 'two', { three: [null] }]))
  b.getMap('map').set('inner', new Y.Map([['k', new Uint8Array([1, 2])]]))
  b.getMap('map').set('gone', Y.Array.from([1, 2, 3]))
  a.getXmlFragment('xml').insert(0, [new Y.XmlElement('p'), new Y.XmlText('words')])
  meet()
  b.getMap('map').delete('gone')
  a.getText('text').delete(2, 6)
  meet()
  const updates: Uint8Array[] = []
  c.on('update', (update: Uint8Array) => {
    updates.push(update)
  })
  const list = c.getMap('map').get('list') as Y.Array<unknown>
  c.getText('text').insert(3, 'more')
  c.getText('text').delete(1, 3)
  c.getText('text').insertEmbed(2, { image: [1] })
  c.getText('text').format(1, 3, { italic: true })
  list.insert(1, [new Y.Map([['x', 1]]), 2.5, null])
  list.push([new Y.Doc()])
  ;(c.getMap('map').get('inner') as Y.Map<unknown>).set('k', 7n)
  c.getXmlElement('element').setAttribute('a', 'b')
  c.transact(() => {
    for (const word of ['one', 'two', 'three']) c.getText('text').insert(0, word)
    c.getMap('map').delete('list')
  })
  return { whole: Y.encodeStateAsUpdate(a), updates: [...updates, Y.encodeStateAsUpdate(c), Y.encodeStateAsUpdate(b)] }
}
