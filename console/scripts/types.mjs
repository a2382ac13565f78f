// Makes the types of the API from the server's description of it, so that they are never older than that.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const description = new URL('../../docs/openapi.json', import.meta.url);
const folder = new URL('../generated/', import.meta.url);

const types = astToString(await openapiTS(JSON.parse(readFileSync(description, 'utf8'))));
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('api.ts', folder), `// Made by scripts/types.mjs from docs/openapi.json.\n${types}`);
