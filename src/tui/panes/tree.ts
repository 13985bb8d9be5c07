// The map where it has no room for boxes: LANs, hosts, bridges, networks and containers as a tree, one line each.
import type {HostView, View} from '../../api/messages.ts';
import {ownerOf, stateOf} from '../layout/cards.ts';
import {publishedTexts} from '../layout/plan.ts';
import type {Item, ItemId, Meter} from '../layout/scene.ts';
import {meterOf, segmentFor, segmentsOf, type Segment} from '../layout/segments.ts';
import {overlayTrunk} from '../layout/trunks.ts';
import {read, type Rates} from '../rates.ts';
import {bare, clip, short} from '../text.ts';
import type {Role, Theme} from '../theme.ts';
import {framed} from './frame.ts';

interface Branch {
	readonly item: Item;
	readonly parts: readonly (readonly [string, Role])[];
	readonly meter: Meter | undefined;
}

function branchesOf(view: View, columns: number): Branch[] {
	const branches: Branch[] = [];
	const add = (kind: Item['kind'], id: ItemId, name: string, more: Pick<Branch, 'parts' | 'meter'>): void => {
		const row = {x: 0, y: branches.length, width: columns, height: 1};
		branches.push({item: {id, kind, name, rect: row, box: undefined, label: row}, ...more});
	};

	for (const lan of view.lans) {
		add('lan', `lan:${lan.name}`, lan.name, {
			parts: [
				['═ ', 'lan'],
				[`${lan.name} ${lan.subnet}`, 'lan'],
			],
			meter: undefined,
		});
	}

	for (const host of view.hosts) {
		const [nic] = host.nics;
		const nat = host.containers.flatMap((container) =>
			publishedTexts(container.published).map((text) => `${text.from}→${container.name}:${text.to.split('/')[0]}`),
		);
		const nics = host.nics.map((one) => ` ${one.dev} ${bare(one.address ?? '')}`.trimEnd()).join('');
		add('host', `host:${host.name}`, host.name, {
			parts: [
				[host.name, 'title'],
				[nics, 'none'],
				[nat.length > 0 ? `  ${nat.join(' ')}` : '', 'nat'],
			],
			meter: nic === undefined || nat.length > 0 ? undefined : {node: host.name, dev: nic.dev, isTurned: false},
		});
		const segments = segmentsOf(view, host);
		for (const segment of segments) {
			const ports = segment.kind === 'bridge' && segment.ports.length > 0 ? ` + ${segment.ports.join(' ')}` : '';
			const role = segment.kind === 'overlay' ? 'overlay' : 'bridge';
			add(segment.kind === 'bridge' ? 'bridge' : 'network', segment.id, segment.name, {
				parts: [
					[segment.kind === 'macvlan' ? ' ≈ ' : ' ═ ', role],
					[`${segment.brief}${ports}`, role],
				],
				meter: undefined,
			});
			addContainers({view, host, segments, add}, segment);
		}

		addContainers({view, host, segments, add}, undefined);
	}

	for (const network of view.networks.filter(({driver}) => driver === 'overlay')) {
		const {id, name, label} = overlayTrunk(network);
		add('network', id, name, {
			parts: [
				['═ ', 'overlay'],
				[label, 'overlay'],
			],
			meter: undefined,
		});
	}

	return branches;
}

type Add = (kind: Item['kind'], id: ItemId, name: string, more: Pick<Branch, 'parts' | 'meter'>) => void;

interface Part {
	readonly view: View;
	readonly host: HostView;
	readonly segments: readonly Segment[];
	readonly add: Add;
}

/** Containers whose first interface is on a segment, or with undefined those on none. Guests of a network stack follow its owner. */
function addContainers({view, host, segments, add}: Part, segment: Segment | undefined): void {
	const byName = new Map(host.containers.map((container) => [container.name, container]));
	const mine = host.containers.filter((container) => {
		const first = byName.get(ownerOf(host, container))?.interfaces[0];
		return (first === undefined ? undefined : segmentFor(segments, first)) === segment;
	});
	const guests = mine.filter((container) => ownerOf(host, container) !== container.name);
	const ordered = mine
		.filter((container) => !guests.includes(container))
		.flatMap((owner) => [owner, ...guests.filter((guest) => ownerOf(host, guest) === owner.name)]);
	for (const [index, container] of ordered.entries()) {
		const [wire] = container.interfaces;
		const where =
			container.state !== 'running'
				? stateOf(container)
				: container.mode === 'container'
					? `in ${ownerOf(host, container)}'s netns`
					: container.mode === 'host'
						? `in ${host.name}'s netns`
						: wire === undefined
							? 'none'
							: container.interfaces.map(({address, address6, bridge}) => bare(address ?? address6 ?? bridge)).join(' + ');
		add('container', `container:${container.name}`, container.name, {
			parts: [
				[index === ordered.length - 1 ? ' └ ' : ' ├ ', 'wire'],
				[container.name, 'title'],
				[` ${where}`, container.state === 'running' ? 'none' : 'dim'],
			],
			meter: wire === undefined || container.mode === 'host' ? undefined : meterOf(view, host, container.name, wire),
		});
	}
}

/** The tree's lines as items: for walking up and down it. */
export function treeItems(view: View, columns: number): Item[] {
	return branchesOf(view, columns).map(({item}) => item);
}

export interface TreeFrame {
	readonly view: View;
	readonly columns: number;
	readonly rows: number;
	readonly top: number;
	readonly selected: ItemId;
	readonly rates: Rates;
}

export function drawTree({view, columns, rows, top, selected, rates}: TreeFrame, theme: Theme): string[] {
	const branches = branchesOf(view, columns);
	const isMore = top + rows - 2 < branches.length;
	const canvas = framed(columns, rows, {title: '1 map', state: view.isUp ? '' : 'building', foot: isMore ? '▼ more' : ''});
	for (const [index, {item, parts, meter}] of branches.slice(top, top + Math.max(0, rows - 2)).entries()) {
		let x = 2;
		const isSelected = item.id === selected;
		for (const [text, role] of parts) {
			x = canvas.text(x, index + 1, clip(text, columns - 1 - x), isSelected && role === 'title' ? 'selected' : role);
		}

		if (meter !== undefined) {
			const {inBytes, outBytes} = read(rates, meter);
			canvas.text(x + 1, index + 1, clip(`▼${short(inBytes)} ▲${short(outBytes)}`, columns - 2 - x), inBytes + outBytes > 0 ? 'rate' : 'dim');
		}

		if (isSelected) {
			canvas.text(1, index + 1, '▌', 'selected');
		}
	}

	return canvas.rows(theme);
}
