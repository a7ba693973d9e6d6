import * as z from 'zod/mini';

// The window's content security policy forbids eval. This module comes before every schema, so that zod never tries it.
z.config({ jitless: true });
