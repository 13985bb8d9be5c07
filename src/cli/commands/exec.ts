// vethlab exec WHERE [CMD…]: a command, or a shell, in a container or on a host. Bytes pass through; with a terminal it is a real one.
import type {Command} from 'commander';
import type {Attached} from '../../api/client.ts';
import {type Io, withLab} from '../command.ts';

interface Options {
	readonly lab?: string;
	readonly interactive?: boolean;
	readonly tty?: boolean;
}

export function exec(program: Command, io: Io): void {
	program
		.command('exec')
		.description('run a command in a container or on a host; a shell when none is given')
		.argument('<where>', 'container or host')
		.argument('[command...]', 'command and arguments; its shell when left out')
		.option('-i, --interactive', 'pass standard input on')
		.option('-t, --tty', 'give it a terminal')
		.option('--lab <name>', 'which lab')
		.passThroughOptions()
		.action(async (where: string, words: readonly string[], options: Options) => {
			// `exec web -- sh`: commander leaves the -- in
			const command = words[0] === '--' ? words.slice(1) : words;
			process.exitCode = await withLab(io, options.lab, async (client) => {
				const isShell = command.length === 0;
				const hasTerminal = options.tty ?? (isShell && io.stdin.isTTY && io.stdout.isTTY);
				const terminal = hasTerminal
					? {columns: io.stdout.isTTY ? io.stdout.columns : 80, rows: io.stdout.isTTY ? io.stdout.rows : 24, term: io.env['TERM'] ?? 'xterm'}
					: undefined;
				const attached = client.attach({where, command, terminal});
				return connectStreams(attached, io, {takesInput: options.interactive ?? (isShell || hasTerminal), isRaw: hasTerminal && io.stdin.isTTY});
			});
		});
}

async function connectStreams(attached: Attached, io: Io, how: {readonly takesInput: boolean; readonly isRaw: boolean}): Promise<number> {
	attached.onData((bytes, stream) => {
		io[stream].write(bytes);
	});
	const resized = () => {
		attached.resize(io.stdout.columns, io.stdout.rows);
	};
	io.stdout.on('resize', resized);
	if (how.isRaw) {
		io.stdin.setRawMode(true);
	}

	if (how.takesInput) {
		io.stdin.on('data', (bytes: Buffer) => {
			attached.write(bytes);
		});
		io.stdin.once('end', () => {
			attached.end();
		});
	} else {
		attached.end();
	}

	try {
		return await attached.ended;
	} finally {
		if (how.isRaw) {
			io.stdin.setRawMode(false);
		}

		io.stdin.pause();
		io.stdout.off('resize', resized);
	}
}
