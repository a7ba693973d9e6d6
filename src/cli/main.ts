import process from 'node:process';
import { Argument, Command, CommanderError, Option } from 'commander';
import { parts, presets, type Part } from '#contract/preset.ts';
import { allowedRange, recipeFields, type RecipeField } from '#contract/recipe.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { exportArchive, importArchive, type ExportCommandOptions } from './archive.ts';
import { installTensorFlow, listInstalled, removeTensorFlow, type InstallCommandOptions } from './engine.ts';
import { doctor, type DoctorCommandOptions } from './doctor.ts';
import type { CommonOptions } from './environment.ts';
import { createOutput, EXIT, reportError, type Output } from './output.ts';
import { resume, type ResumeCommandOptions } from './resume.ts';
import { figures, type FiguresCommandOptions } from './figures.ts';
import { report, type ReportCommandOptions } from './report.ts';
import { listRuns } from './runs.ts';
import { sample, type SampleCommandOptions } from './sample.ts';
import { score, type ScoreCommandOptions } from './score.ts';
import { provideSearchPath } from './search-path.ts';
import { serve, type ServeCommandOptions } from './serve.ts';
import { train, type TrainCommandOptions } from './train.ts';
import { verify, type VerifyCommandOptions } from './verify.ts';

/** Whether it was asked for anywhere, since what can't be parsed has to be said in JSON too. */
const json = process.argv.includes('--json');
let code: number = EXIT.ok;

const fields = (): string => {
  const names = Object.keys(recipeFields) as RecipeField[];
  const width = Math.max(...names.map((name) => name.length));
  return names
    .map((name) => `  ${name.padEnd(width)}  ${recipeFields[name].label}: ${allowedRange(name)}; ${recipeFields[name].default}`)
    .join('\n');
};

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const commonOptions = (command: Command): Command =>
  command
    .option('--library <dir>', 'folder of the runs; else FROM_NOISE_LIBRARY, the setting, ~/From Noise')
    .option('--json', 'one JSON object a line on standard output (docs/command-line.md)');

/** Does a command's work, which gives the exit code. */
async function perform(options: CommonOptions, work: (output: Output) => Promise<number>): Promise<void> {
  code = await work(createOutput(options.json === true));
}

const program = commonOptions(new Command('from-noise'))
  .description('Trains diffusion models from scratch, and serves the studio that shows every step of it.')
  .version(packageJson.version)
  .helpCommand(false)
  // what stands behind a command is the command's own: `score --json FILE`
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
Examples:
  from-noise train denoiser --preset quick
  from-noise sample RUN --class 3 --count 10 --out threes.gif
  from-noise train denoiser --set width=32 --set epochs=2 --seed 7
  from-noise resume denoiser-2026-11-23-1432-k3f9
  from-noise figures RUN --out figures
  from-noise report --out report.html --name 'Ada Lovelace'
  from-noise serve --open

Exit codes: 0 done, 1 failed, 2 unusable input, 130 ended before its last epoch; \`resume\` goes on.`,
  );

commonOptions(program.command('train'))
  .description("Trains a new run in this process. The run folder's path is the last line.")
  .addArgument(new Argument('<part>', 'what to train').choices(parts))
  .addOption(
    new Option('--preset <preset>', presets.map(({ id, label, help }) => `${id}: ${label}. ${help}`).join(' '))
      .choices(presets.map(({ id }) => id))
      .default('assigned'),
  )
  .option('--set <field=value>', 'changes a field of the recipe; may be given again', collect)
  .option('--seed <number>', 'the same as --set seed=NUMBER')
  .option('--device <name>', 'the same as --set device=NAME')
  .option('--name <name>', "the run's name in the lists")
  .addHelpText('after', `\nFields of --set:\n${fields()}`)
  .action((part: Part, options: TrainCommandOptions) => perform(options, (output) => train(part, options, output)));

commonOptions(program.command('resume'))
  .description("Goes on with a run, from where it was. The run folder's path is the last line.")
  .argument('<run>', "the run's id, or its folder")
  .option('--device <name>', 'another device than before; the rest then need not repeat an uninterrupted run bit by bit')
  .action((run: string, options: ResumeCommandOptions) => perform(options, (output) => resume(run, options, output)));

commonOptions(program.command('sample'))
  .description('Samples a trained network: the way from noise to images. The file that it writes is the last line.')
  .argument('<run|checkpoint>', "a run's id or folder, or a checkpoint file")
  .requiredOption('--out <file>', 'what to write: .png, a grid; .gif, its way from noise; .safetensors, the numbers')
  .option('--epoch <number>', 'which checkpoint of the run; else the newest')
  .option('--class <digits>', 'the digits that are dealt over the images: all, or 3, or 3,7', 'all')
  .option('--count <number>', 'images in all', '40')
  .option('--guidance <number>', 'γ of classifier-free guidance; 0 is without the class, 1 without guidance', '5')
  .option('--sampler <name>', 'ddpm or ddim of a ddpm network, euler or heun of a flow; else ddpm or euler')
  .option('--steps <number>', 'steps; ddpm takes all T')
  .option('--eta <number>', "ddim's η: 0 adds no noise on the way, 1 as much as ddpm with the posterior variance", '0')
  .option('--variance <kind>', "of ddpm's noise: beta, as assigned, or posterior", 'beta')
  .option('--weights <kind>', 'raw, or ema: their running average, where the run keeps one', 'raw')
  .option('--seed <number>', 'the noise follows from it alone, whatever the checkpoint', '0')
  .option('--device <name>', 'where it is computed')
  .option('--precision <name>', 'float32 or bfloat16', 'float32')
  .action((name: string, options: SampleCommandOptions) => perform(options, (output) => sample(name, options, output)));

program
  .command('score')
  .description(
    "Has the digit scorer read a run's samples: accuracy by class, and the Fréchet distance to real digits. Kept with the run.",
  )
  .argument('<run>', "the run's id, or its folder")
  .option('--epoch <number>', 'the checkpoint of one epoch; else every one there is')
  .option('--count <number>', 'how many images, dealt evenly over the classes', '200')
  .option('--guidance <number>', 'γ of classifier-free guidance, of a class-conditioned run', '5')
  .option('--sampler <name>', "ddpm, ddim, euler or heun; else the assignment's for the run")
  .option('--steps <number>', 'of ddim, euler and heun')
  .option('--seed <number>', 'of the noise that the images start from', '0')
  .option('--weights <kind>', 'raw, or ema where the run keeps a running average', 'raw')
  .option('--device <name>', 'where it is computed')
  .option('--precision <name>', "float32 or bfloat16; else the run's own")
  .option('--library <dir>', 'folder of the runs; else FROM_NOISE_LIBRARY, the setting, ~/From Noise')
  .option('--json [file]', 'writes all scores to a file; without one, one JSON object a line on standard output')
  .action((run: string, options: ScoreCommandOptions) =>
    perform({ ...options, json: options.json === true }, (output) => score(run, options, output)),
  );

commonOptions(program.command('figures'))
  .description('Writes every figure that a run can give: SVG and PNG at print resolution, or GIF. The folder is the last line.')
  .argument('<run>', "the run's id, or its folder")
  .requiredOption('--out <dir>', 'the folder for them; made where there is none')
  .option('--data', 'with the numbers of each: CSV or safetensors')
  .action((run: string, options: FiguresCommandOptions) => perform(options, (output) => figures(run, options, output)));

commonOptions(program.command('report'))
  .description(
    "Writes all deliverables of the library's runs as one web page that needs nothing else, and names what is missing.",
  )
  .requiredOption('--out <file>', 'the page, .html')
  .option('--name <name>', 'who hands it in; else the name that the window keeps')
  .option('--figures <dir>', 'writes the single figures into this folder too')
  .option('--data', 'with the numbers of each figure: CSV or safetensors')
  .action((options: ReportCommandOptions) => perform(options, (output) => report(options, packageJson.version, output)));

commonOptions(program.command('export'))
  .description('Writes a run into one file, to pass on or to keep. The file is the last line.')
  .argument('<run>', "the run's id, or its folder")
  .requiredOption('--out <file>', 'what to write, .fromnoise: a zip of the run’s folder')
  .action((run: string, options: ExportCommandOptions) => perform(options, (output) => exportArchive(run, options, output)));

commonOptions(program.command('import'))
  .description("Adds the run of a .fromnoise file to the library, after checking it. The run's folder is the last line.")
  .argument('<file>', 'what `from-noise export` wrote')
  .action((file: string, options: CommonOptions) => perform(options, (output) => importArchive(file, options, output)));

commonOptions(program.command('runs'))
  .description('Lists the runs of the library.')
  .action((options: CommonOptions) => perform(options, (output) => listRuns(options, output)));

const engine = program
  .command('engine')
  .description('Installs, lists and removes TensorFlow, the fastest engine.')
  .helpCommand(false);
const engineName = new Argument('<engine>', 'which one').choices(['tensorflow']);

commonOptions(engine.command('install'))
  .description(
    'Installs TensorFlow for yourself, checked by hash and proved by a golden training step. Ctrl-C leaves nothing of it.',
  )
  .addArgument(engineName)
  .option('--gpu', 'the one for NVIDIA GPUs, with the parts of CUDA that it needs (3.4 GB)')
  .option('--from <dir>', 'takes the wheels from this folder, without a network (docs/devices.md says which)')
  .action((_name: string, options: InstallCommandOptions) => perform(options, (output) => installTensorFlow(options, output)));

commonOptions(engine.command('list'))
  .description('Lists the installed engines; * is the one in use.')
  .action((options: CommonOptions) => perform(options, (output) => listInstalled(options, output)));

commonOptions(engine.command('remove'))
  .description('Removes TensorFlow.')
  .addArgument(engineName)
  .action((_name: string, options: CommonOptions) => perform(options, (output) => removeTensorFlow(options, output)));

commonOptions(program.command('doctor'))
  .description('Says of every engine and device whether it works here, how fast it is, and what would help.')
  .option('--again', 'tries all of them again, also those that are known')
  .action((options: DoctorCommandOptions) => perform(options, (output) => doctor(options, output)));

commonOptions(program.command('verify'))
  .description('Runs golden files through an engine. One line a check; exit code 1 when one misses its tolerance.')
  .requiredOption('--golden <dir>', 'folder of golden files')
  .option('--device <name>', 'the engine to check')
  .action((options: VerifyCommandOptions) => perform(options, (output) => verify(options, output)));

commonOptions(program.command('serve'))
  .description('Serves the studio on 127.0.0.1 and prints the link to it. Ctrl-C ends it.')
  .option('--port <number>', 'port to listen on; 0 is any free one', '0')
  .option('--open', 'opens it in a browser')
  .action((options: ServeCommandOptions) => perform(options, (output) => serve(options, packageJson.version, output)));

// --json and --library may stand before the command too
program.hook('preAction', (_program, command) => {
  for (const [name, value] of Object.entries(program.opts<CommonOptions>()))
    if (command.getOptionValue(name) === undefined) command.setOptionValue(name, value);
});
for (const command of [program, ...program.commands, ...engine.commands])
  command.exitOverride().showHelpAfterError('(--help tells more)');

// who read our errors may be gone, and the work goes on
process.stderr.on('error', () => undefined);
try {
  await provideSearchPath();
  // the list is named, or Commander takes a process of Electron's for the application itself, whose script is no argument
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    code = error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
    // Commander has said it on standard error
    if (code !== EXIT.ok) createOutput(json).tell({ type: 'error', code: 'bad-input', message: error.message, hint: '' });
  } else code = reportError(createOutput(json), error);
}
// settings and engines may keep the process alive: it ends when all that was said is written
process.stdout.write('', () => process.exit(code));
