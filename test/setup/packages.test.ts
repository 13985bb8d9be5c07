import test from 'ava';
import {aptCommand, missing, needs, systemPackages} from '../../src/setup/packages.mjs';
import {Problem, problemText} from '../../src/setup/problem.mjs';
import {fakeMachine} from './fakes.ts';

const install = 'apt-get install --yes --no-install-recommends';

test('nothing is run when all is there', async (t) => {
	const machine = fakeMachine();
	await systemPackages(machine);
	t.deepEqual(machine.ran, []);
	t.deepEqual(machine.said, []);
});

test('a library that is called otherwise elsewhere is there all the same', (t) => {
	const named = (library: string) => missing({uid: 0, hasProgram: () => true, hasLibrary: (name) => name === 'libc.a' || name === library});
	t.deepEqual(named('libpcap.so.1'), []);
	t.deepEqual(named('libpcap.so.0.8'), []);
	t.deepEqual(aptCommand(named('other')).at(-1), 'libpcap0.8');
});

test('root gets exactly the packages of what is missing', async (t) => {
	const machine = fakeMachine({
		lacks: ['g++', 'libc.a', 'crun', 'brctl'],
		answer: (command, fake) => {
			if (command.includes('install')) {
				for (const need of needs) {
					fake.has.add(need.name);
				}
			}

			return undefined;
		},
	});
	await systemPackages(machine);
	t.deepEqual(machine.ran, [
		'env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends g++ libc6-dev crun bridge-utils',
	]);
});

test('package lists are fetched when the first try fails, and then it is tried again', async (t) => {
	const machine = fakeMachine({
		lacks: ['crun'],
		answer: (command, fake) => {
			if (command.endsWith('update')) {
				fake.has.add('lists');
			} else if (fake.has.has('lists')) {
				fake.has.add('crun');
			} else {
				return {code: 100, output: 'E: Unable to locate package crun'};
			}

			return undefined;
		},
	});
	await systemPackages(machine);
	t.deepEqual(
		machine.ran.map((command) => command.split(' ').slice(5, 6)[0]),
		['install', 'update', 'install'],
	);
});

test('an ordinary user with sudo that asks nothing has it done', async (t) => {
	const machine = fakeMachine({
		uid: 1000,
		lacks: ['crun'],
		answer: (command, fake) => {
			if (command.includes('install')) {
				fake.has.add('crun');
			}

			return undefined;
		},
	});
	await systemPackages(machine);
	t.is(machine.ran[0], 'sudo -n true');
	t.true(machine.ran[1]?.startsWith('sudo -n env DEBIAN_FRONTEND=noninteractive apt-get '));
});

test('an ordinary user on a terminal is asked for the password, after being told what for', async (t) => {
	const machine = fakeMachine({
		uid: 1000,
		terminal: true,
		lacks: ['crun'],
		answer: (command, fake) => {
			if (command.includes('install')) {
				fake.has.add('crun');
			}

			return command === 'sudo -n true' ? {code: 1} : undefined;
		},
	});
	await systemPackages(machine);
	t.deepEqual(machine.ran.slice(0, 2), ['sudo -n true', 'hand: sudo -v']);
	t.true(machine.said[0]?.includes(`${install} crun`));
});

const cannot = [
	{who: 'without sudo', wishes: {uid: 1000, lacks: ['sudo', 'crun', 'make']}},
	{who: 'with sudo that needs a password, and no terminal', wishes: {uid: 1000, lacks: ['crun', 'make'], answer: () => ({code: 1})}},
	{who: 'who does not know the password', wishes: {uid: 1000, terminal: true, lacks: ['crun', 'make'], answer: () => ({code: 1})}},
];
for (const {who, wishes} of cannot) {
	test(`a user ${who} gets exit 3 and the exact command`, async (t) => {
		const problem = await t.throwsAsync(systemPackages(fakeMachine(wishes)), {instanceOf: Problem});
		t.is(problem.exit, 3);
		t.is(problem.message, 'missing: make (building the addon), crun (containers)');
		t.true(problemText(problem).includes(`as root: ${install} make crun `));
	});
}

test('when apt-get fails, its last words are shown', async (t) => {
	const machine = fakeMachine({lacks: ['crun'], answer: () => ({code: 100, output: 'E: Unable to locate package crun\n'})});
	const problem = await t.throwsAsync(systemPackages(machine), {instanceOf: Problem});
	t.true(problemText(problem).includes('    E: Unable to locate package crun\n'));
});

test('on a system without apt-get the programs are named', async (t) => {
	const problem = await t.throwsAsync(systemPackages(fakeMachine({lacks: ['apt-get', 'crun', 'tcpdump']})), {instanceOf: Problem});
	t.is(problem.exit, 3);
	t.is(problem.message, 'missing: crun (containers)');
	t.false(problem.todo.includes('apt-get'));
});

test('what is only useful does not stop anybody, nor ask for a password', async (t) => {
	const machine = fakeMachine({uid: 1000, terminal: true, lacks: ['tcpdump'], answer: () => ({code: 1})});
	await systemPackages(machine);
	t.deepEqual(machine.ran, ['sudo -n true']);
	t.true(machine.said.join('').includes('going on without tcpdump'));
});

test('root does not need newuidmap', (t) => {
	t.deepEqual(missing(fakeMachine({lacks: ['newuidmap']})), []);
	t.deepEqual(aptCommand(missing(fakeMachine({uid: 1000, lacks: ['newuidmap']}))).slice(-1), ['uidmap']);
});
