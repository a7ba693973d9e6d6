import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { StudioError } from '#contract/error.ts';
import { openBrowser } from '#host/open-browser.ts';
import { commandEntry, rendererFolder, trainerEntry } from '#host/program-files.ts';
import { serveStudio } from '#host/server.ts';
import { spawnCommand, startInstallBy } from '#studio/install-process.ts';
import { createStudio } from '#studio/studio.ts';
import { forkTrainer } from '#studio/trainer-channel.ts';
import { onEndRequest } from './ending.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { EXIT, type Output } from './output.ts';

export interface ServeCommandOptions extends CommonOptions {
  port: string;
  open?: boolean;
}

/** `from-noise serve`: the studio in a browser, until Ctrl-C. */
export async function serve(options: ServeCommandOptions, version: string, output: Output): Promise<number> {
  const port = Number(options.port);
  if (options.port.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StudioError(
      'bad-input',
      `--port is ${JSON.stringify(options.port)}; it must be a whole number from 0 to 65535.`,
      '0 is any free port.',
    );
  if (!existsSync(join(rendererFolder, 'index.html')))
    throw new StudioError(
      'not-found',
      `The studio's page is not built: ${rendererFolder} has no index.html.`,
      'Run `npm run build`.',
    );

  const { settings, libraryFolder } = openEnvironment(options, output);
  const studio = await createStudio({
    shell: 'browser',
    version,
    library: libraryFolder,
    settings,
    spawnTrainer: (environment) => forkTrainer(trainerEntry, environment),
    startInstall: startInstallBy(spawnCommand(commandEntry)),
  });
  try {
    const host = await serveStudio(studio, rendererFolder, { port });
    output.tell({ type: 'serving', url: host.url, library: libraryFolder });
    output.say(`The studio is at ${host.url}`);
    if (options.open === true && !(await openBrowser(host.onceUrl()))) output.say('Open that link in a browser of this machine.');
    const ended = Promise.withResolvers<undefined>();
    const giveBack = onEndRequest(() => ended.resolve(undefined));
    await ended.promise;
    process.stderr.write('Closing; a run that trains saves where it stands.\n');
    await host.close();
    await studio.close();
    giveBack();
    return EXIT.ok;
  } finally {
    await studio.close();
  }
}
