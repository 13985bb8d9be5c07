// Docker and podman, which have the same command line: one `run` after the other, as people type them, from an image that holds our static server.
import {setTimeout} from 'node:timers/promises';
import {LabError} from '../../../base/errors.ts';
import {packageFile} from '../../../base/paths.ts';
import {timed, type Peer, type PeerShell} from './peer.ts';

const firstPort = 20_000;
const answerMs = 10_000;
const pollMs = 20;

export const docker = engine('docker');
export const podman = engine('podman');

function engine(program: 'docker' | 'podman'): Peer {
	const prefix = `vethlab-bench-${process.pid}`;
	const image = `${prefix}:web`;
	return {
		name: program,
		makes: 'n containers on its default bridge, a published port each',
		async missing(shell) {
			if (!shell.has(program)) {
				return 'it is not installed';
			}

			// asks the daemon, where there is one
			return shell.run(program, ['info']).then(
				() => undefined,
				(error: unknown) => (error instanceof LabError ? error.said : String(error)),
			);
		},
		async measure(shell, count) {
			const names = Array.from({length: count}, (_, index) => `${prefix}-${index + 1}`);
			try {
				await importImage(shell, program, image);
				const upMs = await timed(async () => {
					for (const [index, name] of names.entries()) {
						// oxlint-disable-next-line no-await-in-loop -- as people type them
						await shell.run(program, [
							'run',
							'--detach',
							'--name',
							name,
							'--publish',
							`127.0.0.1:${firstPort + index}:80`,
							image,
							'/lab-web',
							'serve',
							'http:80',
						]);
					}

					await answer(firstPort + count - 1);
				});
				return {upMs, downMs: await timed(async () => shell.run(program, ['rm', '--force', ...names]))};
			} finally {
				await shell.cleanUp(program, ['rm', '--force', ...names]);
				await shell.cleanUp(program, ['rmi', '--force', image]);
			}
		},
	};
}

async function importImage(shell: PeerShell, program: string, image: string): Promise<void> {
	// a shell, because the archive goes from one program to the other
	await shell.run('sh', ['-c', 'tar -C "$1" -cf - lab-web | "$2" import - "$3"', 'sh', packageFile('native/build'), program, image]);
}

/** Until the port answers: the container's server may come up after its `run` has returned. */
async function answer(port: number): Promise<void> {
	const url = `http://127.0.0.1:${port}/`;
	const deadline = performance.now() + answerMs;
	for (;;) {
		try {
			// oxlint-disable-next-line no-await-in-loop -- asked again until it answers
			await (await fetch(url, {signal: AbortSignal.timeout(answerMs)})).arrayBuffer();
			return;
		} catch (error) {
			if (performance.now() > deadline) {
				throw new LabError('E_RUNTIME', {doing: `ask ${url}`, said: 'the last published port does not answer', cause: error});
			}

			// oxlint-disable-next-line no-await-in-loop -- as above
			await setTimeout(pollMs);
		}
	}
}
