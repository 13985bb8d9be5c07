// Where Ink runs: it draws one dialog at a time onto a terminal that is none, and its lines become the painter's top layer.
// Loaded when the first screen stands, so that starting does not wait for React.
import {render, type Instance} from 'ink';
import type {ReactNode} from 'react';
import type {Layer} from '../host/painter.ts';
import {VirtualInput, VirtualOutput} from '../host/virtual.ts';
import {entriesFor} from '../palette.ts';
import type {State} from '../state.ts';
import type {Theme} from '../theme.ts';
import {Help, wrappedHelp} from './help.tsx';
import {Palette} from './palette.tsx';
import {Quit} from './quit.tsx';
import {Save} from './save.tsx';

export class Stage {
	readonly #output = new VirtualOutput(80, 24);
	readonly #theme: Theme;
	#ink: Instance | undefined;
	#shown: {state: State['dialog']; columns: number; rows: number; layer: Layer} | undefined;

	constructor(theme: Theme) {
		this.#theme = theme;
	}

	/** The open dialog in the middle of the screen; undefined when none is open. Ink draws only when the dialog or the size changed. */
	layer(state: State): Layer | undefined {
		const {dialog, columns, rows} = state;
		if (dialog === undefined) {
			this.#shown = undefined;
			return undefined;
		}

		if (this.#shown?.state !== dialog || this.#shown.columns !== columns || this.#shown.rows !== rows) {
			this.#shown = {state: dialog, columns, rows, layer: this.#draw(dialogFor(state, this.#theme), columns, rows)};
		}

		return this.#shown.layer;
	}

	/** The last line that help can be scrolled to. */
	mostHelpTop(state: State): number {
		return Math.max(0, wrappedHelp(state.screen, state.columns).length - Math.max(1, state.rows - 4));
	}

	end(): void {
		this.#ink?.unmount();
	}

	#draw(dialog: ReactNode, columns: number, rows: number): Layer {
		this.#output.columns = columns;
		// Ink clears the screen on every frame that reaches the last row; it is told of one more than there are.
		this.#output.rows = rows + 1;
		if (this.#ink === undefined) {
			// Ink's types ask for real terminal streams; it uses of them what VirtualOutput and VirtualInput have.
			const stdout = this.#output as unknown as NodeJS.WriteStream;
			const stdin = new VirtualInput() as unknown as NodeJS.ReadStream;
			this.#ink = render(dialog, {stdout, stdin, debug: true, patchConsole: false, exitOnCtrlC: false});
		} else {
			this.#ink.rerender(dialog);
		}

		const lines = this.#output.lines.slice(0, rows);
		const width = Math.min(columns, ...lines.slice(0, 1).map((line) => line.length));
		return {x: Math.max(0, Math.floor((columns - width) / 2)), y: Math.max(0, Math.floor((rows - lines.length) / 2)), lines};
	}
}

function dialogFor(state: State, theme: Theme): ReactNode {
	const {dialog, columns, rows, screen} = state;
	switch (dialog?.kind) {
		case 'help': {
			return <Help theme={theme} screen={screen} columns={columns} rows={rows} top={dialog.top} />;
		}

		case 'palette': {
			return (
				<Palette
					theme={theme}
					columns={columns}
					rows={rows}
					query={dialog.query}
					entries={entriesFor(state, dialog.query)}
					selected={dialog.selected}
				/>
			);
		}

		case 'save': {
			const {length: count} = state.packets.sightings;
			return <Save theme={theme} columns={columns} {...dialog} what={count === 1 ? 'a packet' : `${count} packets`} />;
		}

		case 'quit': {
			return <Quit theme={theme} columns={columns} lab={state.view.lab} />;
		}

		default: {
			return undefined;
		}
	}
}
