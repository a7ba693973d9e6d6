/** Source injected at document start: a contextBridge between two real isolated worlds, over DOM events (synchronous; details are structured-cloned). */
export function bridge(me: string, other: string) {
  const fns: Function[] = [];
  const proxies = new Map<number, Function>();
  const pending = new Map<number, [(v: unknown) => void, (e: unknown) => void]>();
  let seq = 0;
  let ret: any;
  const post = (detail: unknown) => document.dispatchEvent(new CustomEvent(`standin:${other}`, { detail }));
  const out = (v: any, depth = 0): any => {
    if (depth > 1000) throw new Error('contextBridge: too deep');
    if (typeof v === 'function') {
      let i = fns.indexOf(v);
      if (i < 0) i = fns.push(v) - 1;
      return { $b: 'fn', i };
    }
    if (typeof v === 'symbol') throw new Error('contextBridge: symbols cannot cross');
    if (typeof v !== 'object' || v === null) return v;
    if (v instanceof Promise) {
      const i = seq++;
      v.then(
        (r) => post({ k: 'settle', i, ok: true, v: out(r) }),
        (e) => post({ k: 'settle', i, ok: false, v: String(e?.message ?? e) }),
      );
      return { $b: 'promise', i };
    }
    if (v instanceof Error) return { $b: 'error', m: v.message };
    if (Array.isArray(v)) return v.map((x) => out(x, depth + 1));
    const proto = Object.getPrototypeOf(v);
    if (proto !== null && proto !== Object.prototype) return v; // typed arrays, Map, Date...: cloned by the event
    return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, out(x, depth + 1)]));
  };
  const into = (v: any): any => {
    if (typeof v !== 'object' || v === null) return v;
    if (Array.isArray(v)) return v.map(into);
    if (v.$b === 'error') return new Error(v.m);
    if (v.$b === 'promise') return new Promise((ok, no) => pending.set(v.i, [ok, no]));
    if (v.$b === 'fn') {
      let f = proxies.get(v.i);
      if (!f)
        proxies.set(
          v.i,
          (f = (...args: unknown[]) => {
            post({ k: 'call', i: v.i, args: args.map((a) => out(a)) });
            const r = ret;
            ret = undefined;
            if (r && !r.ok) throw new Error(r.v);
            return into(r?.v);
          }),
        );
      return f;
    }
    const proto = Object.getPrototypeOf(v);
    if (proto !== Object.prototype && proto !== null) return v;
    return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, into(x)]));
  };
  const freeze = (v: any): any => {
    if (typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype) {
      Object.values(v).forEach(freeze);
      Object.freeze(v);
    }
    return v;
  };
  const exposed: [string, unknown][] = [];
  document.addEventListener(`standin:${me}`, (e: any) => {
    const m = e.detail;
    if (m.k === 'call') {
      let r: unknown;
      try {
        r = { ok: true, v: out(fns[m.i]!(...m.args.map(into))) };
      } catch (err: any) {
        r = { ok: false, v: String(err?.message ?? err) };
      }
      post({ k: 'ret', r });
    } else if (m.k === 'ret') ret = m.r;
    else if (m.k === 'settle') {
      const p = pending.get(m.i);
      pending.delete(m.i);
      if (m.ok) p?.[0](into(m.v));
      else p?.[1](new Error(m.v));
    } else if (m.k === 'expose')
      Object.defineProperty(globalThis, m.key, {
        value: freeze(into(m.api)),
        enumerable: true,
        writable: false,
        configurable: false,
      });
    else if (m.k === 'hello') for (const [key, api] of exposed.splice(0)) post({ k: 'expose', key, api: out(api) });
  });
  post({ k: 'hello' });
  return (key: string, api: unknown) => {
    exposed.push([key, api]);
    post({ k: 'ping' });
    post({ k: 'expose', key, api: out(api) });
    exposed.length = 0;
  };
}

/** The 'electron' module a sandboxed preload may require. */
export function rendererModule(
  wire: { pack(v: unknown): string; unpack(t: string): any },
  expose: (key: string, api: unknown) => void,
  /** where files lie that a test gives the page; the page can't tell, and the real one asks the system */
  files: string,
) {
  const g = globalThis as any;
  const listeners = new Map<string, { fn: Function; once: boolean }[]>();
  const waiting = new Map<number, [(v: unknown) => void, (e: Error) => void]>();
  let seq = 0;
  const send = (m: unknown) => g.__standin_send(wire.pack(m));
  g.__standin_recv = (text: string) => {
    const m = wire.unpack(text);
    if (m.k === 'reply') {
      const w = waiting.get(m.id)!;
      waiting.delete(m.id);
      if (m.ok) w[0](m.v);
      else w[1](new Error(`Error invoking remote method '${m.ch}': ${m.v}`));
      return;
    }
    for (const l of [...(listeners.get(m.ch) ?? [])]) {
      if (l.once) ipcRenderer.removeListener(m.ch, l.fn);
      l.fn({ sender: ipcRenderer, ports: [] }, ...m.args);
    }
  };
  const ipcRenderer = {
    send: (ch: string, ...args: unknown[]) => send({ k: 'send', ch, args }),
    invoke: (ch: string, ...args: unknown[]) =>
      new Promise((ok, no) => {
        const id = seq++;
        waiting.set(id, [ok, no]);
        send({ k: 'invoke', ch, args, id });
      }),
    on: (ch: string, fn: Function) => {
      listeners.set(ch, [...(listeners.get(ch) ?? []), { fn, once: false }]);
      return ipcRenderer;
    },
    once: (ch: string, fn: Function) => {
      listeners.set(ch, [...(listeners.get(ch) ?? []), { fn, once: true }]);
      return ipcRenderer;
    },
    removeListener: (ch: string, fn: Function) => {
      listeners.set(
        ch,
        (listeners.get(ch) ?? []).filter((l) => l.fn !== fn),
      );
      return ipcRenderer;
    },
    off: (ch: string, fn: Function) => ipcRenderer.removeListener(ch, fn),
    removeAllListeners: (ch: string) => {
      listeners.delete(ch);
      return ipcRenderer;
    },
  };
  const webUtils = { getPathForFile: (f: File) => (files === '' ? '' : `${files}/${f.name}`) };
  return { ipcRenderer, contextBridge: { exposeInMainWorld: expose }, webUtils };
}
