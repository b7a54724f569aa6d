// @ts-check
/*
 * glow: marks what just changed for GLOW_MS.  The mark is data-glow; the
 * style decides what it looks like, also for those who want no motion.  Its
 * value alternates between a and b, two names of one animation, so that a
 * second change begins it anew.
 */

const GLOW_MS = 1500;

/** @type {Map<Element, ReturnType<typeof setTimeout>>} */
const glowing = new Map();

/** @param {Element} element */
export function glow(element) {
	const again = element.getAttribute('data-glow') === 'a' ? 'b' : 'a';
	clearTimeout(glowing.get(element));
	element.setAttribute('data-glow', again);
	glowing.set(element, setTimeout(() => {
		glowing.delete(element);
		element.removeAttribute('data-glow');
	}, GLOW_MS));
}
