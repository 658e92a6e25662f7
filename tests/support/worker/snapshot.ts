import type { Collection } from 'deepspace-solid/schema'
import type { PlainRecord, Snapshot } from './oracle.ts'

/** Reads a room's tables without the code under test. */
export function snapshotOf(sql: SqlStorage, collections: readonly Collection[]): Snapshot {
  const records = new Map<string, Map<string, PlainRecord>>()
  for (const { name, kinds } of collections) {
    const rows = new Map<string, PlainRecord>()
    for (const row of sql.exec(`SELECT * FROM "records_${name}"`)) {
      const fields: Record<string, unknown> = {}
      for (const [field, kind] of Object.entries(kinds)) {
        const value = row[field]
        fields[field] = kind === 'json' && typeof value === 'string' ? JSON.parse(value) : value
      }
      rows.set(row._id as string, { createdBy: row._createdBy as string, fields })
    }
    records.set(name, rows)
  }
  const roles = new Map<string, string | null>()
  for (const row of sql.exec('SELECT id, role FROM _users')) roles.set(row.id as string, row.role as string | null)
  return { records, roles }
}
