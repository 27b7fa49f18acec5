// Runs a spec with doubles of the few commands of Cypress that README shows, for where Cypress itself can't be had.
// Usage: node cypress-double.js CONFIG SPEC
import assert from 'node:assert/strict'
import { register } from 'node:module'
import { resolve } from 'node:path'

const [config, spec] = process.argv.slice(2).map((name) => resolve(name))
register('data:text/javascript,' + encodeURIComponent(`
  export const resolve = (name, context, next) => name === 'cypress'
    ? { url: 'data:text/javascript,export const defineConfig = (one) => one', shortCircuit: true }
    : next(name, context)`))
const { baseUrl } = (await import(config)).default.e2e

const cookies = {}
const before = []
const tests = []
let queue = Promise.resolve()

const then = (command) => {
  queue = queue.then(command)
  return chain
}

const chain = {
  its: (path) => then((subject) => path.split('.').reduce((value, name) => value[name], subject)),
  should: (chainer, wanted) =>
    then((subject) => {
      const check = { equal: assert.strictEqual, 'deep.equal': assert.deepStrictEqual }[chainer]
      check(subject, wanted)
      return subject
    }),
}

globalThis.cy = {
  setCookie: (name, value) => then(() => void (cookies[name] = value)),
  request: ({ method = 'GET', url, headers = {}, body, failOnStatusCode = true }) =>
    then(async () => {
      const cookie = Object.entries(cookies).map((pair) => pair.join('=')).join('; ')
      const sent = { ...headers, cookie, ...(body && { 'content-type': 'application/json' }) }
      const answer = await fetch(new URL(url, baseUrl), { method, headers: sent, body: body && JSON.stringify(body) })
      assert(answer.ok || !failOnStatusCode, `${method} ${url}: ${answer.status}`)
      return { status: answer.status, body: await answer.json() }
    }),
}
globalThis.beforeEach = (one) => before.push(one)
globalThis.it = (name, one) => tests.push([name, one])

await import(spec)
for (const [name, one] of tests) {
  for (const each of [...before, one]) {
    each()
    await queue
  }
  console.log(`${name}: passed`)
}
