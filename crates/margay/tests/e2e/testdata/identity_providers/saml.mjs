// A real provider of SAML 2.0: the package saml-idp with its own page, on which people write down who they are.
// Arguments: folder of the packages, files with its certificate and its key. Prints where it is, then reads one line:
// the address below which its one service provider is.
import http from 'node:http';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [, , packages, cert, key] = process.argv;
const { runServer } = createRequire(join(packages, 'package.json'))('saml-idp');
const say = (line) => process.stdout.write(`${line}\n`);
// It tells the console about each request, and nobody reads that.
console.log = () => {};

let answer = (request, response) => response.writeHead(503).end();
const server = http.createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const here = `http://localhost:${server.address().port}`;
  createInterface({ input: process.stdin }).once('line', (base) => {
    // Its pages go out at the port that is open already.
    http.createServer = (app) => {
      answer = app;
      return { listen: (port, host, ready) => ready(), address: () => server.address() };
    };
    runServer({ cert, key, issuer: `${here}/metadata`, acsUrl: `${base}/acs`, audience: `${base}/metadata` });
    say('ready');
  });
  say(here);
});
