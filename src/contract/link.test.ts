import { describe, expect, it } from 'vitest';
import { StudioError } from './error.ts';
import { createClient, type Link, type Reply } from './link.ts';
import { defaultSettings } from './settings.ts';

function scripted(reply: Reply) {
  const sent: [string, unknown][] = [];
  let tell: (name: string, payload: unknown) => void = () => undefined;
  const link: Link = {
    invoke: (name, input) => {
      sent.push([name, input]);
      return Promise.resolve(reply);
    },
    listen: (listener) => {
      tell = listener;
      return () => undefined;
    },
    importFile: (file) => {
      sent.push(['a file', file.name]);
      return Promise.resolve(reply);
    },
  };
  return { client: createClient(link), sent, tell: (name: string, payload: unknown) => tell(name, payload) };
}

describe('the studio client', () => {
  it('asks by name and gives the checked answer', async () => {
    const { client, sent } = scripted({ ok: true, value: defaultSettings });
    expect(await client.call('settings.set', { theme: 'dark' })).toEqual(defaultSettings);
    expect(sent).toEqual([['settings.set', { theme: 'dark' }]]);
  });

  it('refuses an answer of the wrong form', async () => {
    await expect(scripted({ ok: true, value: { theme: 'purple' } }).client.call('settings.get')).rejects.toThrow();
  });

  it('hands files over by themselves, and gives the checked outcome', async () => {
    const file = new File(['zip'], 'mine.fromnoise');
    const { client, sent } = scripted({ ok: true, value: { status: 'done', id: 'denoiser-1' } });
    expect(await client.importFile(file)).toEqual({ status: 'done', id: 'denoiser-1' });
    expect(sent).toEqual([['a file', 'mine.fromnoise']]);
    await expect(scripted({ ok: true, value: { status: 'done' } }).client.importFile(file)).rejects.toThrow();
    const refused = { code: 'bad-input', message: 'It is damaged.', hint: 'Export it again.' };
    await expect(scripted({ ok: false, error: refused }).client.importFile(file)).rejects.toMatchObject(refused);
  });

  it('rethrows an error with its code and hint', async () => {
    const { client } = scripted({ ok: false, error: { code: 'busy', message: 'held', hint: 'wait' } });
    const error = await client.call('runs.list').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StudioError);
    expect(error).toMatchObject({ code: 'busy', message: 'held', hint: 'wait' });
  });

  it('tells events to those who listen, until they unsubscribe', () => {
    const { client, tell } = scripted({ ok: true, value: undefined });
    const heard: string[] = [];
    const off = client.on('run.removed', ({ id }) => heard.push(id));
    tell('run.removed', { id: 'a-1' });
    tell('no.such.event', {});
    tell('constructor', {});
    off();
    tell('run.removed', { id: 'a-2' });
    expect(heard).toEqual(['a-1']);
  });
});
