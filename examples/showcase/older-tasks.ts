import { demoUsers } from './demo-users.ts'
import type { SeedTask } from './seed.ts'

// The lists have lengths without a common divisor: going through them in step gives 20,677 titles, no two the same.

const verbs = (
  'Review,Update,Rewrite,Shorten,Translate,Proofread,Approve,Share,Archive,Draft,Simplify,Check,Discuss,Publish,' +
  'Reprint,Design,Present,Print,Compare,Correct,Finish,Revise,Send out'
).split(',')

const things = (
  'price list,welcome letter,release notes,travel policy,parking rota,press kit,seating plan,budget,newsletter,' +
  'survey results,privacy notice,meeting notes,holiday calendar,invoice template,help page,job advert,product sheet,' +
  'supplier contract,emergency plan,launch checklist,photo album,training slides,quarterly report,style guide,' +
  'phone directory,delivery schedule,warranty terms,floor plan,glossary'
).split(',')

const places = (
  'Lisbon office,Osaka office,Nairobi office,Bergen office,Austin office,Lima office,Ghent warehouse,Turin warehouse,' +
  'spring launch,autumn launch,summer party,winter sale,sales team,support team,design team,finance team,night shift,' +
  'mobile app,web shop,partner programme,beta testers,new joiners,board meeting,trade fair,annual audit,open day,' +
  'customer forum,press day,pilot project,students’ week,school visit'
).split(',')

/** Little of what there is to do is urgent. */
const priorities = [0, 0, 0, 1, 1, 1, 1, 2, 2, 3]

/** Dan was not here yet. */
const owners = demoUsers.filter(({ id }) => id !== 'dan')

/** Years of work behind what the seed shows, from the latest on: the same in every room. */
export function olderTasks(): SeedTask[] {
  return Array.from({ length: 5_000 }, (_, index) => ({
    // Who sits down to write tasks writes several.
    owner: at(owners, scattered(Math.floor(index / 5), 1)).id,
    data: {
      title: `${at(verbs, index)} the ${at(things, index)} for the ${at(places, index)}`,
      priority: at(priorities, scattered(index, 2)),
      visibility: scattered(index, 3) % 4 === 0 ? 'private' : 'public',
      done: scattered(index, 4) % 9 < 5,
    },
  }))
}

function at<Item>(list: readonly Item[], index: number): Item {
  return list[index % list.length]!
}

/** A whole number that follows from an index and looks as if it did not; each topic has its own. */
function scattered(index: number, topic: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(topic, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
