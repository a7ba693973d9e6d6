/** Loaded with --import into a utilityProcess stand-in: process.parentPort over child_process IPC (structured clone). */
import { EventEmitter } from 'node:events';

const port = Object.assign(new EventEmitter(), { postMessage: (message: unknown) => process.send!(message), start: () => {} });
process.on('message', (data) => port.emit('message', { data, ports: [] }));
// Chromium ends its utility processes when the main process dies, however that comes about
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
Object.defineProperty(process, 'parentPort', { value: port });
