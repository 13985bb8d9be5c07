// Which image a service gets, what runs in it and what it serves. Images are not the lab's subject: what is not built in is replaced by a
// stand-in that answers on the ports the service declares.
import {port as toPort} from '../../../base/units.ts';
import type {ContainerPort, Publish, Serve, Service} from '../../lab.ts';
import type {Report} from '../report.ts';
import {get, textsOf, type Entry, type Node, type SourceTree} from '../tree.ts';
import {didYouMean, quoted} from '../words.ts';
import {liftServe} from './hosts.ts';
import {shellWords, textAt} from './values.ts';

const ownImages = ['lab/tools', 'lab/web'];

type Image = Pick<Service, 'image' | 'command' | 'serve'>;

/** `publish`: what the service publishes, in whatever mode it is; its ports are among those that a stand-in answers on. */
export function liftImage({key, value}: Entry, publish: readonly Publish[], tree: SourceTree, report: Report): Image {
	const image = textAt(value, 'image');
	const own = image === undefined || get(value, 'build') !== undefined ? undefined : ownImages.find((each) => image === each || image.startsWith(`${each}:`));
	const isStandIn = own === undefined && (image !== undefined || get(value, 'build') !== undefined);
	if (isStandIn) {
		reportStandIn(key, image, tree, report);
	}

	return {
		image: own === 'lab/tools' ? 'tools' : 'web',
		command: isStandIn ? undefined : liftCommand(key, tree, report),
		serve: get(value, 'serve') === undefined ? defaultServe(key, own, publish, tree) : liftServe(get(value, 'serve')),
	};
}

function reportStandIn(service: string, image: string | undefined, tree: SourceTree, report: Report): void {
	const place = tree.place('services', service, 'image');
	if (image?.startsWith('lab/') === true) {
		report.error(place, `there is no image ${quoted(image)} in the lab`, didYouMean(image, ownImages) ?? `there are ${ownImages.join(' and ')}`);
	} else if (textAt(tree.root, 'standins') === 'never') {
		report.error(
			image === undefined ? tree.key('services', service, 'build') : place,
			`${image === undefined ? 'this' : quoted(image)} needs a stand-in, and the file says "standins: never"`,
			`the images of the lab are ${ownImages.join(' and ')}`,
		);
	} else if (image !== undefined && !tree.has('services', service, 'build')) {
		report.note(place, `${quoted(image)} is replaced by a stand-in, which answers on the service's declared ports; its command does not run`);
	}
}

/** The entrypoint's words and the command's; undefined: the image's own. */
function liftCommand(service: string, tree: SourceTree, report: Report): readonly string[] | undefined {
	const words = ['entrypoint', 'command'].flatMap((key) => {
		const node = tree.node('services', service, key);
		if (node?.kind !== 'scalar') {
			return textsOf(node);
		}

		const cut = shellWords(node.text);
		if (cut === undefined) {
			report.error(tree.place('services', service, key), 'a quote in this command is not closed', 'write the command as a list: ["sh", "-c", "…"]');
		}

		return cut ?? [];
	});
	return words.length > 0 ? words : undefined;
}

/** HTTP with the service's name on every TCP port that it declares; lab/web without a declared port: on 80. lab/tools serves nothing. */
function defaultServe(service: string, own: string | undefined, publish: readonly Publish[], tree: SourceTree): readonly Serve[] {
	if (own === 'lab/tools') {
		return [];
	}

	const exposed = liftExpose(tree.node('services', service, 'expose')).flatMap(({protocol, port}) => (protocol === 'tcp' ? [port] : []));
	const published = publish.filter(({protocol}) => protocol === 'tcp').map(({port}) => port);
	const declared = [...new Set([...published, ...exposed])];
	const usual = toPort(80);
	const ports = declared.length === 0 && own === 'lab/web' && usual !== undefined ? [usual] : declared;
	return ports.map((port) => ({kind: 'http', port, status: 200, body: service, echo: undefined}));
}

/** The ports of `expose`: "80", "80/tcp", "8000-8005/udp". */
export function liftExpose(node: Node | undefined): readonly ContainerPort[] {
	return textsOf(node).flatMap((text) => {
		const [, first, last = first, word] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text) ?? [];
		const protocol = word === 'udp' ? 'udp' : 'tcp';
		const length = Math.max(0, Math.min(Number(last) - Number(first) + 1, 1024));
		return Array.from({length}, (_, index) => toPort(Number(first) + index)).flatMap((port) => (port === undefined ? [] : [{protocol, port}]));
	});
}
