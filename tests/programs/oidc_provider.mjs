// An OpenID provider for tests: `node oidc_provider.mjs CONFIG`, where CONFIG is JSON
// {modules, port, keys, clients, users: {NAME: {groups}}, lifetimes}. It says its port when it listens.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const config = JSON.parse(process.argv[2]);
const require = createRequire(pathToFileURL(`${config.modules}/`));
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const server = createServer();
await new Promise((listening) => server.listen(config.port, '127.0.0.1', listening));
const { port } = server.address();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: config.clients,
  jwks: { keys: config.keys },
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests'] },
  ttl: {
    AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 600, Session: 600, Grant: 600,
    ...config.lifetimes,
  },
  // The forms it shows by itself take any password; who is not a user has no account.
  findAccount: (_context, name) => (name in config.users
    ? { accountId: name, claims: () => ({ sub: name, preferred_username: name, ...config.users[name] }) }
    : undefined),
});
server.on('request', provider.callback());
process.stdout.write(`${port}\n`);
