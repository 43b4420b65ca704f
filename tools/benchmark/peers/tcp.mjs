// The Node.js way from a file over a connection to a file:
//   node tcp.mjs receive PORT OUT    takes one connection, and ends with it
//   node tcp.mjs send PORT IN
import { createReadStream, createWriteStream } from 'node:fs';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [role, port, path] = process.argv.slice(2);
const buffering = { highWaterMark: 256 * 1024 };

if (role === 'send') {
  const socket = connect(Number(port), '127.0.0.1');
  await pipeline(createReadStream(path, buffering), socket);
} else {
  const server = createServer(buffering, async (socket) => {
    server.close();
    await pipeline(socket, createWriteStream(path, buffering));
  });
  server.listen(Number(port), '127.0.0.1');
}
