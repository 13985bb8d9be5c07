// The store in memory keeps the contract of stores.
import {EmbeddedStore} from '../../../src/engine/store/embedded.ts';
import {conformance} from './conformance.ts';

const kept = 30;

conformance(async () => {
	const store = new EmbeddedStore(kept);
	return {
		store,
		async compact() {
			for (let index = 0; index < kept; index++) {
				// oxlint-disable-next-line no-await-in-loop -- one revision after the other
				await store.transact({guards: [], changes: [{do: 'put', key: '/compacted', value: String(index)}]});
			}
		},
		async end() {},
	};
});
