// The Node.js way of the workload gz -> filter -> gz:
//   node node_pipeline.mjs IN.gz OUT.gz REGEX
// Bytes are taken as Latin-1, which costs the least and changes none of them.
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const [input, output, regex] = process.argv.slice(2);
const buffering = { highWaterMark: 256 * 1024 };
const unzipping = { chunkSize: 256 * 1024 };

function keepLines(pattern) {
  return async function* (chunks) {
    let rest = '';
    for await (const chunk of chunks) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop();
      const kept = lines.filter((line) => pattern.test(line));
      if (kept.length > 0) yield Buffer.from(kept.join('\n') + '\n', 'latin1');
    }
    if (rest !== '' && pattern.test(rest)) yield Buffer.from(rest, 'latin1');
  };
}

await pipeline(
  createReadStream(input, buffering),
  createGunzip(unzipping),
  keepLines(new RegExp(regex)),
  createGzip({ level: 6 }),
  createWriteStream(output),
);
