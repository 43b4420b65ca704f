// See hostile_peers.sh.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain, createServer } from 'node:net'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

const sluice = resolve(process.argv[2])
const mib = Number(process.argv[3] ?? 5120)
const seconds = Number(process.argv[4] ?? 20)
const folder = mkdtempSync('/tmp/sluice-hostile-')
process.chdir(folder)
process.on('exit', () => rmSync(folder, { recursive: true }))

const recordsOfAPhase = 5000
// What a run may take beyond one in which nobody was hostile. A record may have 1 MiB, and so may
// what is kept of one in each buffer.
const spareKib = 24 * 1024
const patienceMs = 20_000 + seconds * 1000

class LeftOut extends Error {}

async function until(what, isSo) {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(10)) {
    if (isSo()) return
  }
  throw new Error(`waited in vain for ${what}`)
}

// --- sluice ------------------------------------------------------------------------------------

// The pipeline `good`, which a peer sends records to, and what else `config` says.
class Run {
  constructor(source, config = '') {
    rmSync('good.log', { force: true })
    writeFileSync('pipelines.yaml', `version: 1
engine: { shutdown_timeout: 1s }
pipelines:
  good:
    stages:
      - { source: tcp, listen: '127.0.0.1:0', ${source} }
      - filter: '!raw.contains("flood")'
      - { sink: file, path: good.log, append: true }
${config}`)
    this.log = ''
    this.process = spawn(sluice, ['run'], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.process.stderr.on('data', text => { this.log += text })
    this.exit = once(this.process, 'exit')
  }

  async port() {
    await until('an address', () => this.line(/ listening /))
    return Number(this.line(/ listening /).match(/address=\S*:(\d+)/)[1])
  }

  line(pattern) {
    return this.log.split('\n').find(line => pattern.test(line))
  }

  // The most it has ever had in memory.
  peakKib() {
    return Number(readFileSync(`/proc/${this.process.pid}/status`, 'utf8').match(/VmHWM:\s*(\d+)/)[1])
  }

  async stop(signal) {
    this.process.kill(signal)
    await this.exit
  }
}

// --- A peer that means well --------------------------------------------------------------------

const framings = {
  lines: text => `${text}\n`,
  octet_counted: text => `${text.length} ${text}`,
  length_prefixed: text => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    return Buffer.concat([length, Buffer.from(text)])
  }
}

class GoodPeer {
  constructor(socket, framing) {
    this.socket = socket.on('error', error => { this.error = error })
    this.frame = framings[framing]
    this.sent = 0
  }

  async send(records) {
    const frames = []
    for (let i = 0; i < records; ++i) {
      frames.push(Buffer.from(this.frame(`good ${this.sent++} ${'x'.repeat(80)}`)))
    }
    await new Promise(done => this.socket.write(Buffer.concat(frames), done))
  }

  // How many have arrived, in order.
  arrived() {
    if (!existsSync('good.log')) return 0
    const numbers = readFileSync('good.log', 'latin1').match(/^good \d+/gm) ?? []
    return numbers.every((text, i) => text === `good ${i}`) ? numbers.length : -1
  }
}

// --- Peers that do not -------------------------------------------------------------------------

function plain(port) {
  return new Promise((done, fail) => {
    const socket = connectPlain({ port, host: '127.0.0.1' }, () => done(socket))
    socket.on('error', fail)
  }).then(socket => socket.removeAllListeners('error').on('error', () => {}))
}

async function write(socket, piece) {
  if (!socket.write(piece)) await once(socket, 'drain')
  await turn()  // The other connection is this program's as well.
}

async function sendMuch(socket, mebibytes) {
  const piece = Buffer.alloc(1 << 20, 'x')
  for (let i = 0; i < mebibytes; ++i) await write(socket, piece)
}

// A server that accepts and reads nothing. Its port.
async function deafServer() {
  const server = createServer({ pauseOnConnect: true }, socket => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  return server.address().port
}

const certificate = () => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
  'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-out', 'certificate.pem', '-days', '2',
  '-subj', '/CN=localhost'], { stdio: 'ignore' })

// Its socket is gone for the kernel, which tells nobody (TCP_REPAIR, 19, in IPPROTO_TCP, 6).
async function vanish(port) {
  const script = `
    my $peer;
    socket($peer, PF_INET, SOCK_STREAM, 0) or die "$!";
    connect($peer, sockaddr_in(${port}, INADDR_LOOPBACK)) or die "$!";
    syswrite($peer, "whole\\nhalf");
    setsockopt($peer, 6, 19, pack("i", 1)) or exit 77;
    close($peer);`
  const perl = spawn('perl', ['-MSocket', '-e', script], { stdio: 'inherit' })
  const [code] = await once(perl, 'exit').catch(() => [77])
  if (code === 77) throw new LeftOut('it needs perl, and the rights of root')
  if (code !== 0) throw new Error(`perl ended with ${code}`)
}

const bad = stage => `  bad:
    stages:
      - { source: generate, size: 64MB }
      - ${stage}
      ${stage.includes('duplex') ? "- 'null'" : ''}
`

// What each does; `port` is the source's, or where `stage` is given its own server's. `line` is what
// the log says of it.
const peers = [
  { name: 'none', attack: async () => {} },
  {
    name: 'one byte at a time',
    attack: async port => {
      const slow = await Promise.all(Array.from({ length: 100 }, () => plain(port)))
      const bytes = 10
      for (let i = 0; i < bytes; ++i) {
        for (const socket of slow) socket.write(i + 1 < bytes ? 's' : '\n')
        await sleep(seconds * 1000 / bytes)
      }
      await until('slow records', () => readFileSync('good.log', 'latin1').match(/^s{9}$/gm)?.length === 100)
      slow.forEach(socket => socket.end())
    }
  },
  {
    name: 'never pauses',
    attack: async (port, good) => {
      const socket = await plain(port)
      const piece = Buffer.alloc(1 << 20, `flood ${'x'.repeat(100)}\n`)
      const begin = Date.now()
      const isBefore = seconds => Date.now() - begin < seconds * 1000
      while (isBefore(seconds)) await write(socket, piece)
      // One of those that are sent alone.
      const last = good.sent + 1
      while (good.arrived() < last && isBefore(seconds + 10)) await write(socket, piece)
      if (good.arrived() < last) throw new Error('the other connection is not heard beside it')
      socket.end('\n')
    }
  },
  {
    name: 'breaks off in a frame',
    framing: 'octet_counted',
    attack: async port => {
      const socket = await plain(port)
      await write(socket, '5 whole1000 half')
      await sleep(200)
      socket.resetAndDestroy()
    },
    line: /connection_lost .*reset by peer/
  },
  {
    name: 'vanishes (half-open)',
    options: 'keep_alive: 1s',
    attack: vanish,
    line: /connection_lost .*(timed out|reset by peer)/
  },
  {
    name: 'says nothing',
    options: 'idle_timeout: 2s',
    attack: plain,
    line: / idle .*it sent nothing for 2s/
  },
  {
    name: 'is no client of TLS',
    options: 'tls: { certificate: certificate.pem, key: key.pem }',
    attack: async port => write(await plain(port), 'GET / HTTP/1.1\r\n\r\n'),
    line: /handshake_failed .*http request/
  },
  {
    name: 'never finishes TLS',
    options: 'tls: { certificate: certificate.pem, key: key.pem, handshake_timeout: 2s }',
    attack: async port => {
      await plain(port)
      const slow = await plain(port)
      // The head of a ClientHello of 512 bytes, and then a byte now and then.
      slow.write(Buffer.from('1603010200010001fc0303', 'hex'))
      const drip = setInterval(() => slow.write('x'), 90)
      slow.on('close', () => clearInterval(drip))
    },
    line: /handshake_failed .*not done within 2s/,
    times: 2
  },
  {
    name: 'has no certificate',
    options: 'tls: { certificate: certificate.pem, key: key.pem, ca: certificate.pem }',
    attack: async port => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      .on('error', () => {}),
    line: /handshake_failed .*did not return a certificate/
  },
  {
    name: `a line of ${mib} MiB`,
    attack: async port => {
      const socket = await plain(port)
      await sendMuch(socket, mib)
      socket.end('\n')
    },
    line: /oversize_truncated/,
    saidAtEnd: true
  },
  {
    name: 'a length of 4 GiB',
    framing: 'length_prefixed',
    options: 'prefix: u32le',
    attack: async port => {
      const socket = await plain(port)
      await write(socket, Buffer.from([0xff, 0xff, 0xff, 0xff]))
      await sendMuch(socket, Math.min(mib, 4000))
      socket.end()
    },
    line: /bad_framing/
  },
  {
    name: 'never reads what a sink sends',
    stage: port => `{ sink: tcp, address: '127.0.0.1:${port}', write_timeout: 500ms }`,
    attack: async () => {},
    line: / lost .*timed out/
  },
  {
    name: 'never reads, nor answers a duplex',
    stage: port => `{ duplex: tcp, address: '127.0.0.1:${port}' }`,
    attack: async () => {},
    line: /waiting .*duplex 'tcp' waits for its peer to read/
  }
]

// --- One after the other -----------------------------------------------------------------------

async function face(peer) {
  const framing = peer.framing ?? 'lines'
  const config = peer.stage ? bad(peer.stage(await deafServer())) : ''
  const run = new Run([`framing: ${framing}`, peer.options].filter(Boolean).join(', '), config)
  try {
    return await watch(run, peer, framing)
  } finally {
    if (run.process.exitCode === null) await run.stop('SIGKILL')
  }
}

async function watch(run, peer, framing) {
  const port = await run.port()
  const good = new GoodPeer(await goodSocket(peer, port), framing)
  const talk = setInterval(() => good.send(1), 200)
  await good.send(recordsOfAPhase)
  await Promise.all([peer.attack(port, good), good.send(recordsOfAPhase)])
  const isSaid = () => run.log.split('\n').filter(line => peer.line.test(line)).length >= (peer.times ?? 1)
  if (peer.line && !peer.saidAtEnd) await until(`${peer.line} in the log`, isSaid)
  clearInterval(talk)
  await good.send(recordsOfAPhase)
  await until('the records of the other connection', () => good.arrived() === good.sent)
  const peakKib = run.peakKib()
  await run.stop('SIGTERM')
  good.socket.destroy()
  const said = peer.line ? run.line(peer.line) : '(no line: a peer like any other)'
  return { peakKib, arrived: good.arrived(), sent: good.sent, said }
}

async function goodSocket(peer, port) {
  if (!peer.options?.startsWith('tls')) return plain(port)
  const own = { key: readFileSync('key.pem'), cert: readFileSync('certificate.pem') }
  return connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...own })
}

let failures = 0
let aloneKib = 0
certificate()
for (const peer of peers) {
  let wrong = ''
  let seen
  try {
    seen = await face(peer)
    if (aloneKib === 0) aloneKib = seen.peakKib
    if (seen.peakKib > aloneKib + spareKib) wrong = `takes more than ${aloneKib + spareKib} KiB`
    if (seen.arrived !== seen.sent) wrong = 'records of the other connection are missing'
    if (!seen.said) wrong = `nothing in the log like ${peer.line}`
  } catch (error) {
    if (error instanceof LeftOut) {
      console.log(`left out ${peer.name}: ${error.message}`)
      continue
    }
    wrong = error.message
  }
  if (wrong) ++failures
  console.log(`${wrong ? 'FAILED' : 'ok    '} ${peer.name}`)
  if (wrong) console.log(`         ${wrong}`)
  if (!seen) continue
  console.log(`         memory ${seen.peakKib} KiB at most, other connection ${seen.arrived} of ${seen.sent} records`)
  console.log(`         ${seen.said?.replace(/^\S+Z\s+/, '').slice(0, 180)}`)
}
console.log(`${peers.length} peers, ${failures} failed`)
process.exit(failures === 0 ? 0 : 1)
