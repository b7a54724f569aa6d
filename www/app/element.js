// @ts-check
/*
 * element: makes elements.  Whatever came from outside becomes text or an
 * attribute's value, never markup.
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|number>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		made.setAttribute(name, String(value));
	}
	made.append(...children);
	return made;
}

/**
 * An element that the page itself holds.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(`the page lacks #${id}`);
	return found;
}

/**
 * Write only what differs, to leave selections and screen readers in peace.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
	if (node.textContent !== text) node.textContent = text;
}
