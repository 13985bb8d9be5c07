// What the Rules screen makes of readings of the kernel: what is lit, per second, counted from a moment, and what stays where it was.
import test from 'ava';
import {parseSave} from '../../../src/kernel/iptables/save.ts';
import {curveLength, RulesBook} from '../../../src/tui/rules/book.ts';
import {bridgePublish} from '../samples.ts';

const view = bridgePublish();
const drop = '4 filter FORWARD -j DROP';
const web = '4 filter FORWARD -d 172.17.0.2/32 -j ACCEPT';

function rules(packets: number, more: {readonly before?: string; readonly policy?: number} = {}) {
	const {before = '', policy = 0} = more;
	return parseSave(
		`*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [${policy}:0]\n${before}[${packets}:${packets * 60}] -A FORWARD -d 172.17.0.2/32 -j ACCEPT\n[0:0] -A FORWARD -j DROP\nCOMMIT\n`,
		4,
	);
}

function book(): RulesBook {
	const made = new RulesBook();
	made.show('h1');
	return made;
}

test('the first reading lights nothing: what was counted before it is no hit', (t) => {
	const made = book();
	made.take(rules(40), view, 1000);
	t.deepEqual(made.live(web), {packets: 40, bytes: 2400, packetsPerSecond: 0, curve: [], isLit: false, hitMs: undefined});
	t.deepEqual(
		made.lines.map(({key}) => key),
		['4 filter', '4 filter FORWARD', web, drop, '4 filter open'],
	);
});

test('a hit is lit for one reading, and stands in the curve until it has left it', (t) => {
	const made = book();
	made.take(rules(40, {policy: 1}), view, 1000);
	made.take(rules(46, {policy: 3}), view, 3000);
	t.deepEqual(made.live(web), {packets: 46, bytes: 2760, packetsPerSecond: 3, curve: [6], isLit: true, hitMs: 3000});
	t.like(made.live('4 filter FORWARD'), {packets: 3, isLit: true});
	const idle = made.live(drop);
	made.take(rules(46, {policy: 3}), view, 4000);
	t.deepEqual(made.live(web), {packets: 46, bytes: 2760, packetsPerSecond: 0, curve: [6, 0], isLit: false, hitMs: 3000});
	t.is(made.live(drop), idle);
	for (let index = 0; index < curveLength; index++) {
		made.take(rules(46, {policy: 3}), view, 5000 + index * 1000);
	}

	const still = made.live(web);
	t.deepEqual(still.curve, []);
	made.take(rules(46, {policy: 3}), view, 20_000);
	t.is(made.live(web), still, 'what does not change stays the same object, so that nothing is drawn');
});

test('lines are made anew only when rules came or went', (t) => {
	const made = book();
	made.take(rules(1), view, 1000);
	const {lines} = made;
	made.take(rules(2), view, 2000);
	t.is(made.lines, lines);
	made.take(rules(2, {before: '[0:0] -A FORWARD -i eth0 -j RETURN\n'}), view, 3000);
	t.is(made.lines.length, lines.length + 1);
	t.like(made.live(web), {packets: 2, isLit: false});
});

test('counted from a moment on, and again all; a counter that somebody else set to zero starts there', (t) => {
	const made = book();
	made.take(rules(40), view, 1000);
	made.count(1500);
	t.is(made.zeroMs, 1500);
	t.like(made.live(web), {packets: 0, bytes: 0});
	made.take(rules(43), view, 2000);
	t.like(made.live(web), {packets: 3, bytes: 180, isLit: true});
	made.take(rules(2), view, 3000);
	t.like(made.live(web), {packets: 2, bytes: 120, isLit: true});
	made.count(undefined);
	made.take(rules(2), view, 4000);
	t.like(made.live(web), {packets: 2, bytes: 120});
	t.is(made.zeroMs, undefined);
});

test('another node forgets the last one; no rules and a refusal are said', (t) => {
	const made = book();
	t.is(made.trouble, 'reading the rules of h1');
	made.take(rules(40), view, 1000);
	made.show('laptop');
	t.deepEqual(made.lines, []);
	made.take({chains: [], rules: []}, view, 2000);
	t.is(made.trouble, 'laptop has no rules: iptables was never used there');
	made.fail('container web is not running');
	t.is(made.trouble, 'container web is not running');
	made.show('h1');
	made.take(rules(40), view, 3000);
	t.like(made.live(web), {packets: 40, isLit: false});
	t.is(made.trouble, '');
});
