// The command line: parses it, runs the command, turns errors into words and exit codes. Its entry, which loads it: main.ts.
import {Command, CommanderError} from 'commander';
import {fail, findLab, type Io} from './command.ts';
import {commands} from './commands/index.ts';
import {LabError} from '../base/errors.ts';
import {version} from '../base/version.ts';
import {didYouMean} from '../model/parse/words.ts';

/** Runs a command line (without `node` and the script); the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
	const program = new Command('vethlab')
		.description("A laboratory for container networking: Docker's network modes built from real Linux parts.")
		.version(version())
		.enablePositionalOptions()
		.exitOverride()
		.showSuggestionAfterError()
		.helpCommand(true)
		.usage('[options] [command]')
		.allowExcessArguments()
		.allowUnknownOption()
		.option('--lab <name>', 'with no command: which running lab to open')
		.option('--ascii', 'with no command: draw with ASCII only')
		.action(async (options: {readonly lab?: string; readonly ascii?: boolean}) => {
			refuseWords(program);
			const {openRunning} = await import('./open-tui.ts');
			await openRunning(await findLab(io, options.lab), io, options.ascii === true);
		});
	for (const add of commands) {
		add(program, io);
	}

	try {
		await program.parseAsync(args, {from: 'user'});
	} catch (error) {
		if (error instanceof CommanderError) {
			// commander has printed its words; 0 is --help and --version
			return error.exitCode === 0 ? 0 : 2;
		}

		return fail(io, error, args.includes('--json'));
	}

	return Number(process.exitCode ?? 0);
}

/** What is left of the command line when no command was found in it is a command that does not exist. */
function refuseWords({args: [word], commands: known}: Command): void {
	if (word !== undefined) {
		const kind = word.startsWith('-') ? 'option' : 'command';
		throw new LabError('E_ARGUMENT', {
			doing: `run vethlab ${word}`,
			said: `there is no ${kind} ${word}`,
			hint: didYouMean(
				word,
				known.map((command) => command.name()),
			),
		});
	}
}
