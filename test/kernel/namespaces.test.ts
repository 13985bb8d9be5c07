import test from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {Namespaces} from '../../src/kernel/namespaces.ts';

/** Descriptors from 1000 up, and which were closed. */
function descriptors(routesKept?: number): {readonly namespaces: Namespaces; readonly closed: readonly number[]; readonly opened: () => number} {
	const closed: number[] = [];
	let last = 1000;
	const native = {
		netlinkSocket: async () => {
			last++;
			return last;
		},
		close(fd: number) {
			closed.push(fd);
		},
	};
	return {namespaces: new Namespaces(native, '/lab/proc', routesKept), closed, opened: () => last - 1000};
}

test('a name stands for a descriptor, and other programs get its path', (t) => {
	const {namespaces} = descriptors();
	namespaces.add('h1', 7, 8);
	t.true(namespaces.has('h1'));
	t.is(namespaces.fd('h1'), 7);
	t.is(namespaces.path('h1'), `/lab/proc/${process.pid}/fd/7`);
	t.deepEqual(namespaces.names(), ['h1']);
});

test('an unknown name is E_NAME_UNKNOWN, everywhere', async (t) => {
	const {namespaces} = descriptors();
	for (const use of [() => namespaces.fd('h1'), () => namespaces.path('h1'), () => namespaces.hold('h1')]) {
		t.is(t.throws(use, {instanceOf: LabError}).code, 'E_NAME_UNKNOWN');
	}

	const error = await t.throwsAsync(namespaces.holdRoute('h1'), {instanceOf: LabError});
	t.is(error.code, 'E_NAME_UNKNOWN');
});

test('a name is taken once', (t) => {
	const {namespaces} = descriptors();
	namespaces.add('h1', 7);
	t.is(t.throws(() => namespaces.add('h1', 9), {instanceOf: LabError}).code, 'E_CONFLICT');
});

test('removing closes both descriptors, once', (t) => {
	const {namespaces, closed} = descriptors();
	namespaces.add('h1', 7, 8);
	namespaces.remove('h1');
	namespaces.remove('h1');
	t.deepEqual(closed, [8, 7]);
	t.false(namespaces.has('h1'));
});

test('nothing is closed while somebody uses it', async (t) => {
	const {namespaces, closed} = descriptors();
	namespaces.add('h1', 7, 8);
	const held = namespaces.hold('h1');
	const route = await namespaces.holdRoute('h1');
	namespaces.remove('h1');
	held.release();
	t.deepEqual(closed, []);
	route.release();
	t.deepEqual(closed, [8, 7]);
});

test('a route socket is opened when there is none, and once for all who ask at the same time', async (t) => {
	const {namespaces, closed} = descriptors();
	namespaces.add('c1', 7);
	const [one, other] = await Promise.all([namespaces.holdRoute('c1'), namespaces.holdRoute('c1')]);
	t.is(one.fd, other.fd);
	t.false(closed.includes(one.fd));
});

test('only so many used route sockets stay open, the last used ones; unused ones are not counted', async (t) => {
	const {namespaces, closed, opened} = descriptors(2);
	for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
		namespaces.add(name, 10 + index, 20 + index);
	}

	for (const name of ['a', 'b', 'a', 'c']) {
		// oxlint-disable-next-line no-await-in-loop -- the order of use is what is tested
		const {release} = await namespaces.holdRoute(name);
		release();
	}

	t.deepEqual(closed, [21]);
	t.is((await namespaces.holdRoute('d')).fd, 23);
	t.is(opened(), 0);
	await namespaces.holdRoute('b');
	t.is(opened(), 1);
});

test('watchers are waited for, until they see what happens in a namespace', async (t) => {
	const {namespaces} = descriptors();
	await namespaces.watched();
	const heard: string[] = [];
	let see = (): void => undefined;
	const stop = namespaces.watch({
		added: async (name) => {
			heard.push(`${name} came`);
			await new Promise<void>((resolve) => {
				see = resolve;
			});
			heard.push(`${name} is seen`);
		},
		removed: (name) => {
			heard.push(`${name} goes`);
		},
	});
	namespaces.add('h1', 7);
	const watched = namespaces.watched().then(() => heard.push('all are'));
	see();
	await watched;
	namespaces.remove('h1');
	t.deepEqual(heard, ['h1 came', 'h1 is seen', 'all are', 'h1 goes']);
	stop();
	namespaces.add('h2', 8);
	await namespaces.watched();
	t.is(heard.length, 4);
});
