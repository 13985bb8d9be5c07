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
		// told with the other errors
		.configureOutput({outputError: () => undefined})
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

	for (const command of program.commands) {
		command.allowExcessArguments(false);
	}

	try {
		await program.parseAsync(args, {from: 'user'});
	} catch (error) {
		if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
			// --help and --version; what lacks a word after it, and has printed what there is
			return error.exitCode === 0 ? 0 : 2;
		}

		return fail(io, error instanceof CommanderError ? wrongCall(called(program, args), error) : error, args.includes('--json'));
	}

	return Number(process.exitCode ?? 0);
}

/** The command that was called, as far as its words are known. */
function called(program: Command, args: readonly string[]): Command {
	let command = program;
	for (const word of args) {
		const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
		if (next === undefined) {
			break;
		}

		command = next;
	}

	return command;
}

/** What commander says of how it was called: "error: unknown option '--folow'", and in a line of its own what may have been meant. */
function wrongCall(command: Command, {message}: CommanderError): LabError {
	const words: string[] = [];
	for (let at: Command | null = command; at !== null; at = at.parent) {
		words.unshift(at.name());
	}

	const call = words.join(' ');
	return new LabError('E_ARGUMENT', {
		doing: `run ${call}`,
		said: message.replace(/^error: /, '').replaceAll(/\s*\n/g, ' '),
		hint: `${call} ${command.usage()} · \`${call} --help\` says more`,
	});
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
