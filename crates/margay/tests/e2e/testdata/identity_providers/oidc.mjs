// A real provider of OpenID Connect: the package oidc-provider with its own pages for login and consent.
// Arguments: folder of the packages. Prints its issuer, then reads one line: the redirect address of its client.
// Everybody may log in with any password; what a person is called, and is in, is below.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const main = join(process.argv[2], 'node_modules/oidc-provider/lib/index.js');
const { default: Provider } = await import(pathToFileURL(main));

const people = {
  mira: { email: 'mira@example.com', email_verified: true, given_name: 'Mira', family_name: 'Ode', groups: ['siem-admins'] },
  noor: { email: 'noor@example.com', email_verified: true, given_name: 'Noor', family_name: 'Ide', groups: ['everyone'] },
  zoe: { email: 'zoe@example.com', email_verified: false, given_name: 'Zoe', family_name: 'Ay', groups: [] },
};

let answer = (request, response) => response.writeHead(503).end();
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://localhost:${server.address().port}`;
  createInterface({ input: process.stdin }).once('line', (redirectUri) => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: 'margay', client_secret: 'a secret of the client', redirect_uris: [redirectUri] }],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'], groups: ['groups'] },
      findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
      pkce: { required: () => true },
    });
    answer = provider.callback();
    console.log('ready');
  });
  console.log(issuer);
});
