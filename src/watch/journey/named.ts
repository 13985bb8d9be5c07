// Places as people know them: a port of a bridge by what hangs on its cable, because an engine makes up the names of veths.
import type {Place, Places} from './places.ts';

/** Whose the other end of a bridge's port is: "web"; undefined: it is no port, or its own name says it, as office/h1-eth0 does. */
export function behind(place: Place, places: Places): string | undefined {
	const link = places.link(place);
	const node = link?.master === undefined ? undefined : link.peer?.slice(0, link.peer.lastIndexOf('/'));
	return node === undefined || place.dev.includes(node) ? undefined : node;
}

/** "h1/vethe9c5549→web"; what is no such port is called as it is. */
export function placeName(place: Place, places: Places): string {
	const node = behind(place, places);
	return node === undefined ? place.at : `${place.at}→${node}`;
}
