// From a rule to the packets that hit it, and back.
import test from 'ava';
import {runTui} from '../../../src/tui/app.ts';
import {PacketBook} from '../../../src/tui/packets/book.ts';
import {RuleFinding} from '../../../src/tui/packets/rule-finding.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {FakeSession} from '../fake-session.ts';
import {before, later, sampleRules} from '../rules-sample.ts';
import {bridgePublish} from '../samples.ts';
import {FakeInput, FakeOutput, until} from '../terminal.ts';
import {arrival, asCaptured, captured, nets, wiringAsCaptured} from './capture.ts';

const dnat = '4 nat DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';

function bookOf(most = 1000): PacketBook {
	const book = new PacketBook(new PacketStore({packets: most}));
	book.folds.journeys.learn(wiringAsCaptured(bridgePublish()), () => true);
	book.folds.isKnown = true;
	book.judged.learn(wiringAsCaptured(bridgePublish()));
	book.judged.learnRules('h1', sampleRules('02-bridge-publish', before), 0);
	return book;
}

function numbersOf(book: PacketBook): readonly number[] {
	return Array.from({length: book.count}, (_, place) => book.numberAt(place) ?? -1);
}

function show(book: PacketBook, key: string): RuleFinding {
	const finding = new RuleFinding({node: 'h1', key}, {title: 'a rule'}, book.judged);
	book.showRule(finding);
	return finding;
}

test('the sightings at which packets hit the rule, folded or not; another rule is shown without looking again', (t) => {
	const book = bookOf();
	captured.forEach((packet) => book.take(arrival(packet)));
	book.folds.join(Number.POSITIVE_INFINITY);
	book.folds.endOfCapture();
	t.true(book.judged.judge(Number.POSITIVE_INFINITY));
	show(book, dnat);
	t.deepEqual(numbersOf(book), [12]);
	t.is(book.store.at(12)?.point.name, 'h1/eth0');
	book.fold();
	t.deepEqual(numbersOf(book), [9]);
	t.is(book.sightings.length, 7);
	show(book, '4 filter FORWARD -j DOCKER-FORWARD');
	t.is(numbersOf(book).length, 22);
	book.fold();
	t.is(numbersOf(book).length, 22);
	// the answers, and what goes on after them
	show(book, '4 filter DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
	t.true(numbersOf(book).every((number) => book.store.at(number)?.point.name === 'h1/eth0' && book.store.at(number)?.direction === 'in'));
	t.is(numbersOf(book).length, 10);
});

test('packets that come are judged when they have come where they go; those that are held no more are forgotten', (t) => {
	const book = bookOf(100);
	show(book, '4 filter FORWARD -j DOCKER-USER');
	const counts = [60, captured.length].map((to) => {
		captured.slice(book.store.end, to).forEach((packet) => book.take(arrival(packet)));
		book.folds.join(Number.POSITIVE_INFINITY);
		book.folds.pass(1000, false);
		book.judged.judge(Number.POSITIVE_INFINITY);
		return numbersOf(book);
	});
	const [first = [], second = []] = counts;
	t.true(first.length > 0);
	t.true(second.length > 0);
	t.true(second.every((number) => number >= book.store.first));
	t.is(captured.length - book.store.first, 100);
});

test('rules that are known only later are asked about the packets before, too', (t) => {
	const book = bookOf();
	captured.forEach((packet) => book.take(arrival(packet)));
	book.folds.join(Number.POSITIVE_INFINITY);
	book.folds.endOfCapture();
	show(book, dnat).goOn(undefined, () => {});
	book.judged.judge(Number.POSITIVE_INFINITY);
	t.is(book.count, 1);
	const chain = {family: 4, table: 'filter', chain: 'INPUT', policy: 'ACCEPT', packets: 0, bytes: 0} as const;
	const rule = {family: 4, table: 'filter', chain: 'INPUT', number: 1, text: '-p tcp', packets: 0, bytes: 0} as const;
	book.judged.learnRules('web', {chains: [chain], rules: [rule]}, 1000);
	book.judged.judge(Number.POSITIVE_INFINITY);
	t.is(book.count, 1, 'and those that were found are found once');
	t.true(book.judged.hitsOf({node: 'web', key: '4 filter INPUT -p tcp'}).count > 0);
});

test('what the kernel has counted since is told beside what was found', (t) => {
	const book = bookOf();
	const finding = show(book, dnat);
	t.is(finding.shown.counted, 0);
	book.judged.learnRules('h1', sampleRules('02-bridge-publish', later), 1000);
	t.is(finding.shown.counted, 3);
	t.is(finding.shown, finding.shown);
	t.is(new RuleFinding({node: 'h1', key: '4 nat DOCKER -j NOTHING'}, {title: ''}, book.judged).shown.counted, undefined);
	captured.slice(0, 1).forEach((packet) => book.take(arrival(packet)));
	book.judged.learnRules('laptop', sampleRules('02-bridge-publish', later), Date.now());
	t.is(new RuleFinding({node: 'laptop', key: dnat}, {title: ''}, book.judged).shown.counted, undefined, 'packets came before its rules were read');
	const {chains, rules} = sampleRules('02-bridge-publish', later);
	const added = {family: 4, table: 'nat', chain: 'DOCKER', number: 3, text: '-p udp', packets: 2, bytes: 120} as const;
	book.judged.learnRules('h1', {chains, rules: [...rules, added]}, 2000);
	t.is(show(book, '4 nat DOCKER -p udp').shown.counted, 2);
});

test('packets that the kernel counted and nobody saw are told of, when none is on its way any more', (t) => {
	const book = bookOf();
	let nowMs = 0;
	const finding = new RuleFinding({node: 'h1', key: dnat}, {title: 'a rule'}, book.judged, () => nowMs);
	t.deepEqual(finding.shown.remarks, []);
	book.judged.learnRules('h1', sampleRules('02-bridge-publish', later), 1000);
	t.deepEqual(finding.shown.remarks, []);
	nowMs = 5000;
	t.deepEqual(finding.shown.remarks, ['the kernel counted 3 more: they came to no interface, or before the capture']);
});

test('what a host drops of its own before it comes to an interface is said to be counted only, of a policy, too', (t) => {
	const book = bookOf();
	const finding = new RuleFinding({node: 'h1', key: '4 filter OUTPUT'}, {title: 'its policy', unseen: 'all'}, book.judged);
	t.is(finding.shown.counted, 0);
	t.deepEqual(finding.shown.remarks, []);
	const {chains, rules} = sampleRules('02-bridge-publish', before);
	const counted = chains.map((chain) => (chain.chain === 'OUTPUT' && chain.table === 'filter' ? {...chain, packets: chain.packets + 3} : chain));
	book.judged.learnRules('h1', {chains: counted, rules}, 1000);
	t.is(finding.shown.counted, 3);
	t.deepEqual(finding.shown.remarks, ['the kernel counted 3 more: what it drops has come to no interface: no capture shows it']);
	let nowMs = 0;
	const mixed = new RuleFinding({node: 'h1', key: '4 filter OUTPUT'}, {title: '', unseen: 'own'}, book.judged, () => nowMs);
	t.deepEqual(mixed.shown.remarks, []);
	nowMs = 5000;
	t.deepEqual(mixed.shown.remarks, ['the kernel counted 3 more: what it drops of what h1 itself sends has come to no interface: no capture shows it']);
});

/** FORWARD of h1 with another first rule, which has counted so much. */
function withFirst(text: string, packets: number): ReturnType<typeof sampleRules> {
	const {chains, rules} = sampleRules('02-bridge-publish', before);
	return {chains, rules: [{family: 4, table: 'filter', chain: 'FORWARD', number: 1, text, packets, bytes: 0}, ...rules]};
}

test('packets of which nobody can tell whether they hit the rule are shown, with what would have to be known, and how many it can be', (t) => {
	const limited = '-p tcp -m limit --limit 5/min -j ACCEPT';
	const book = new PacketBook(new PacketStore({packets: 1000}));
	book.folds.journeys.learn(wiringAsCaptured(bridgePublish()), () => true);
	book.folds.isKnown = true;
	book.judged.learn(wiringAsCaptured(bridgePublish()));
	book.judged.learnRules('h1', withFirst(limited, 0), 0);
	captured.forEach((packet) => book.take(arrival(packet)));
	book.folds.join(Number.POSITIVE_INFINITY);
	book.folds.endOfCapture();
	book.judged.judge(Number.POSITIVE_INFINITY);
	let nowMs = 0;
	const finding = new RuleFinding({node: 'h1', key: `4 filter FORWARD ${limited}`}, {title: 'a rule'}, book.judged, () => nowMs);
	book.showRule(finding);
	t.is(finding.hits.count, 22);
	t.is(finding.shown.possible, 22);
	const unknown = 'packets do not tell how many had come just before: which of these 22 packets hit the rule is not known';
	t.deepEqual(finding.shown.remarks, [unknown]);
	nowMs = 5000;
	t.deepEqual(finding.shown.remarks, [unknown], 'its counter was not read since');
	// the captured packets are from before; a rule's counters of before the first of them are not known
	const lastMs = 1 + Math.max(...captured.map((packet) => arrival(packet)).map(({seconds, nanoseconds}) => seconds * 1000 + nanoseconds / 1e6));
	const said = (packets: number, atMs: number): readonly string[] => {
		book.judged.learnRules('h1', withFirst(limited, packets), atMs);
		finding.shown.remarks.join();
		nowMs += 5000;
		return finding.shown.remarks;
	};
	t.deepEqual(said(9, lastMs + 100), [unknown], 'its counter was read while they may have been under way');
	const why = 'packets do not tell how many had come just before';
	t.deepEqual(said(0, lastMs + 2000), [`${why}, but the kernel counted 0: none of these 22 packets hit the rule`]);
	t.deepEqual(said(9, lastMs + 3000), [`${why}: the kernel counted 9, so 9 of these 22 packets may have hit the rule`]);
	t.deepEqual(said(22, lastMs + 4000), [`${why}: the kernel counted 22, so these 22 packets may all have hit the rule`]);
	t.deepEqual(said(24, lastMs + 5000), [
		'the kernel counted 2 more: they came to no interface, or before the capture',
		`${why}: the kernel counted 24, so these 22 packets may all have hit the rule`,
	]);
});

test('Enter on a rule shows its packets, Escape goes back to it; a line that packets do not hit says so', async (t) => {
	const session = new FakeSession(asCaptured(bridgePublish()));
	session.nets = nets;
	session.rules = sampleRules('02-bridge-publish', before);
	const input = new FakeInput();
	const output = new FakeOutput(120, 40);
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm-256color'}, ascii: false, wasRunning: true});
	const shows = async (keys: string, text: RegExp): Promise<boolean> => {
		input.press(keys);
		return until(async () => text.test(await output.text()));
	};

	t.true(await shows('2', /no packet yet/));
	t.true(await shows('3', /IPv4 raw/));
	// the heading of a table
	t.true(await shows('\t', /▌IPv4 nat/));
	t.true(await shows('\r', /select a rule, or a chain with a policy/));
	t.true(await shows('jjjjjjjjj', /▌ 2 destination becomes/));
	t.true(await shows('\r', /rule: h1 nat DOCKER #2 · destination becomes 172\.17\.0\.2:80 \(web\).* 0 hits · kernel 0[\s\S]*no packet hit this rule/));
	session.captures[0]?.put(captured);
	// these packets are older than the rules that were read: what the kernel counted of them is not known
	t.true(await shows('', / 1 hit ?\n[\s\S]*h1\/eth0 ▼ 192\.168\.50\.12:42978 192\.168\.50\.10:8080[\s\S]*Esc: its rule/));
	t.true(await shows('=', /each with its way[\s\S]*laptop\/eth0 → … → web\/eth0/));
	t.true(await shows('\u001B', /▌ 2 destination becomes/));
	t.true(await shows('2', /each with its way[\s\S]*follow 30/));
	input.press('q');
	await ended;
});
