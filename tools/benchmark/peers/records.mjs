// The Node.js way of the workloads about records:
//   node records.mjs QUESTION [IN]
import { once } from 'node:events';
import { createReadStream } from 'node:fs';

const [question, path] = process.argv.slice(2);

async function* linesIn(encoding) {
  const input = createReadStream(path, { fd: path ? undefined : 0, highWaterMark: 256 * 1024, encoding });
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    yield lines;
  }
  if (rest !== '') yield [rest];
}

async function write(text, encoding = 'utf8') {
  if (text !== '' && !process.stdout.write(text, encoding)) await once(process.stdout, 'drain');
}

/** Writes what `convert` makes of each line; nothing of those that it answers undefined for. */
async function convertLines(encoding, convert) {
  for await (const lines of linesIn(encoding)) {
    let text = '';
    for (const line of lines) {
      const made = convert(line);
      if (made !== undefined) text += made + '\n';
    }
    await write(text, encoding);
  }
}

const project = ({ time, service, duration_ms, message }) =>
  JSON.stringify({ time, service, duration_ms, message });

/** The value that a share of the sorted ones does not exceed. */
const at = (sorted, share) => sorted[Math.ceil(sorted.length * share) - 1];

const facilities = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console ' +
  'solaris-cron local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ');
const severities = 'emerg alert crit err warning notice info debug'.split(' ');
const systemLine =
  /^<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\])+) \ufeff?(.*)/;

function structuredData(text) {
  if (text === '-') return null;
  const data = {};
  for (const [, id, parameters] of text.matchAll(/\[([^ \]]+)((?: [^=]+="(?:[^"\\]|\\.)*")*)\]/g)) {
    data[id] = {};
    for (const [, name, value] of parameters.matchAll(/ ([^=]+)="((?:[^"\\]|\\.)*)"/g)) {
      data[id][name] = value.replace(/\\(["\\\]])/g, '$1');
    }
  }
  return data;
}

function systemRecord(line) {
  const parts = systemLine.exec(line);
  if (parts === null) return undefined;
  const orNull = (text) => (text === '-' ? null : text);
  const priority = Number(parts[1]);
  return JSON.stringify({
    priority,
    facility: facilities[priority >> 3],
    severity: severities[priority & 7],
    severity_number: priority & 7,
    timestamp: parts[2].replace('.000Z', 'Z'),
    host: orNull(parts[3]),
    app: orNull(parts[4]),
    pid: orNull(parts[5]),
    msgid: orNull(parts[6]),
    message: parts[8],
    data: structuredData(parts[7]),
  });
}

const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const ipv4 = new RegExp(`(?<![0-9A-Za-z_.])(?:${octet}\\.){3}${octet}(?![0-9A-Za-z_]|\\.[0-9])`, 'g');
const email = /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g;

const answers = {
  async status_sums() {
    const groups = new Map();
    for await (const lines of linesIn('latin1')) {
      for (const line of lines) {
        const fields = line.split(' ', 10);
        let group = groups.get(fields[8]);
        if (group === undefined) groups.set(fields[8], (group = { hits: 0, bytes: 0 }));
        group.hits += 1;
        if (fields[9] !== '-') group.bytes += Number(fields[9]);
      }
    }
    for (const [status, { hits, bytes }] of groups) await write(`${status} ${hits} ${bytes}\n`);
  },
  server_errors: () =>
    convertLines('latin1', (line) => (line.split(' ', 9)[8] >= 500 ? line : undefined)),
  async top_paths() {
    const hits = new Map();
    for await (const lines of linesIn('latin1')) {
      for (const line of lines) {
        const path = line.split(' ', 7)[6];
        hits.set(path, (hits.get(path) ?? 0) + 1);
      }
    }
    const sorted = [...hits].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    for (const [path, count] of sorted.slice(0, 10)) await write(`${count} ${path}\n`);
  },
  async clients_by_hour() {
    const hours = new Map();
    for await (const lines of linesIn('latin1')) {
      for (const line of lines) {
        const [client, , , time] = line.split(' ', 4);
        const hour = time.slice(1, 15);
        let seen = hours.get(hour);
        if (seen === undefined) hours.set(hour, (seen = new Set()));
        seen.add(client);
      }
    }
    // All days of the log are in one month.
    for (const [hour, seen] of hours) {
      await write(`2025-03-${hour.slice(0, 2)}T${hour.slice(12)}:00:00Z ${seen.size}\n`);
    }
  },
  errors: () =>
    convertLines('utf8', (line) => (JSON.parse(line).level === 'ERROR' ? line : undefined)),
  error_fields: () =>
    convertLines('utf8', (line) => {
      const record = JSON.parse(line);
      return record.level === 'ERROR' ? project(record) : undefined;
    }),
  fields: () => convertLines('utf8', (line) => project(JSON.parse(line))),
  async latencies() {
    const services = new Map();
    for await (const lines of linesIn('utf8')) {
      for (const line of lines) {
        const { service, duration_ms } = JSON.parse(line);
        let values = services.get(service);
        if (values === undefined) services.set(service, (values = []));
        values.push(duration_ms);
      }
    }
    for (const [service, values] of services) {
      const sorted = Float64Array.from(values).sort();
      await write([service, at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99)].join(' ') + '\n');
    }
  },
  redact: () =>
    convertLines('latin1', (line) => line.replace(email, '[email]').replace(ipv4, '[ipv4]')),
  system_json: () => convertLines('utf8', systemRecord),
  async sort_by_time() {
    const all = [];
    for await (const lines of linesIn('latin1')) {
      for (const line of lines) {
        const from = line.indexOf('[') + 1;
        all.push([line.slice(from, from + 20), line]);
      }
    }
    all.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    for (let i = 0; i < all.length; i += 1000) {
      await write(all.slice(i, i + 1000).map(([, line]) => line + '\n').join(''), 'latin1');
    }
  },
};

await answers[question]();
