// The Node.js way of the workloads about records:
//   node node_records.mjs sums [IN]      records and bytes by status, of an access log
//   node node_records.mjs errors [IN]    the lines of an application log with the level ERROR
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const [mode, path] = process.argv.slice(2);
const input = path ? createReadStream(path, { highWaterMark: 256 * 1024 }) : process.stdin;

async function* arraysOfLines(chunks) {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    yield lines;
  }
  if (rest !== '') yield [rest];
}

async function* sums(chunks) {
  const groups = new Map();
  for await (const lines of arraysOfLines(chunks)) {
    for (const line of lines) {
      const fields = line.split(' ', 10);
      const status = fields[8];
      let group = groups.get(status);
      if (group === undefined) groups.set(status, (group = { hits: 0, bytes: 0 }));
      group.hits += 1;
      if (fields[9] !== '-') group.bytes += Number(fields[9]);
    }
  }
  for (const [status, { hits, bytes }] of groups) yield `${status} ${hits} ${bytes}\n`;
}

async function* errors(chunks) {
  for await (const lines of arraysOfLines(chunks)) {
    const kept = lines.filter((line) => JSON.parse(line).level === 'ERROR');
    if (kept.length > 0) yield kept.join('\n') + '\n';
  }
}

// Latin-1 costs the least; JSON is UTF-8, and a character may lie in two chunks.
input.setEncoding(mode === 'sums' ? 'latin1' : 'utf8');
await pipeline(input, mode === 'sums' ? sums : errors, process.stdout);
