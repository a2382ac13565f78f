// The server's description of its REST API (OpenAPI 3.1), as far as the console reads it.
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client';

export type Schema = {
  $ref?: string; type?: string | string[]; format?: string; description?: string; enum?: unknown[]; const?: unknown;
  default?: unknown; minimum?: number; maximum?: number; minLength?: number; maxLength?: number; minItems?: number;
  maxItems?: number; pattern?: string; writeOnly?: boolean; readOnly?: boolean; deprecated?: boolean;
  properties?: Record<string, Schema>; required?: string[]; items?: Schema; additionalProperties?: boolean | Schema;
  oneOf?: Schema[]; anyOf?: Schema[]; allOf?: Schema[];
};
export type Content = Record<string, { schema?: Schema }>;
export type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema };
export type Answer = { description?: string; content?: Content };
export type Operation = {
  operationId: string; tags?: string[]; summary?: string; description?: string; deprecated?: boolean;
  parameters?: Parameter[]; requestBody?: { required?: boolean; description?: string; content?: Content };
  responses: Record<string, Answer>; security?: Record<string, string[]>[];
};
export type OpenApi = {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

/** Where everybody can fetch it. */
export const OPENAPI_PATH = '/openapi.json';

export const openApiQuery = queryOptions({
  queryKey: ['openapi'],
  queryFn: ({ signal }) => ask<OpenApi>('GET', OPENAPI_PATH, { signal }),
  staleTime: Infinity,
});
