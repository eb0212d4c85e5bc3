/** What was found out on the way, so that nothing is found out twice. */
export interface Seen {
  /** Pages as axe saw them with all its rules: their markup, and which of it was exposed. */
  states: string[];
  /** Text that axe found to stand out, by its colour, its size and all that lies behind it. */
  texts: string[];
}

export interface Given extends Seen {
  /**
   * Nothing but structure; everything; or what colours decide, where the page was seen at this width in another colour
   * scheme just before.
   */
  what: 'structure' | 'all' | 'colours';
}

export interface Found extends Seen {
  findings: string[];
  /** Axe has to be brought first. */
  needsAxe: boolean;
}

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

interface Axe {
  run(context: Document, options: object): Promise<AxeResults>;
  commons: { dom: { isVisibleOnScreen(node: unknown): boolean } };
  _audit: {
    rules: { id: string; matches(node: Element, ...more: unknown[]): boolean }[];
    checks: Record<string, { evaluate(this: unknown, node: Element, ...more: unknown[]): unknown }>;
  };
}

/** What lies behind the text of an element. */
interface Ground {
  behind: string;
  veils: string;
  /** Something that is not around it may lie behind it. */
  isLoose: boolean;
}

/**
 * Looks at the page from inside; the browser gets the text of this function and nothing around it.
 *
 * Axe is run at every width and in every colour scheme, but does nothing twice. Text whose colours, size and ground it has
 * measured is not measured again. The rules that follow from the markup are left out where the same markup was exposed
 * before; those that depend on sizes are not. Where only colours can be new and none are, axe is not started.
 */
export async function inspect({ states, texts, what }: Given): Promise<Found> {
  const findings: string[] = [];
  const given = window as unknown as { axe?: Axe; ffUnmeasured?: WeakSet<Element> };

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    const widest = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1 && element.closest('.ff-scroll') === null,
    );
    const names = widest.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
    findings.push(`scrolls sideways: ${scrollWidth} in ${clientWidth} px: ${names.join(' | ')}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  const double = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (double.length > 0) findings.push(`ids that stand twice: ${[...new Set(double)].join(', ')}`);
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) findings.push(`${headings} headings of the first level`);

  const { axe } = given;
  if (what === 'structure' || axe === undefined) return { findings, states, texts, needsAxe: what !== 'structure' };

  /** Twice 32 bits of anything. */
  function hash(text: string): string {
    let [one, two] = [0xdeadbeef, 0x41c6ce57];
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      one = Math.imul(one ^ code, 2654435761);
      two = Math.imul(two ^ code, 1597334677);
    }
    return (one >>> 0).toString(36) + (two >>> 0).toString(36);
  }

  const grounds = new Map<Element, Ground>();
  function groundOf(element: Element | null): Ground {
    if (element === null) return { behind: '', veils: '', isLoose: false };
    const known = grounds.get(element);
    if (known !== undefined) return known;
    const around = groundOf(element.parentElement);
    const style = getComputedStyle(element);
    const { backgroundColor: colour, backgroundImage: image, opacity, filter, mixBlendMode } = style;
    const isOpaque = image === 'none' && !/rgba|\/|transparent/.test(colour);
    // What is sticky stands where it would stand anyway as long as nothing is scrolled.
    const isMoved = /absolute|fixed/.test(style.position) || style.transform !== 'none' || style.translate !== 'none';
    const veil =
      opacity === '1' && filter === 'none' && mixBlendMode === 'normal' ? '' : `<${opacity} ${filter} ${mixBlendMode}`;
    const ground = {
      behind: isOpaque ? colour : `${around.behind}<${colour} ${image}`,
      veils: around.veils + veil,
      isLoose: !isOpaque && (isMoved || around.isLoose),
    };
    grounds.set(element, ground);
    return ground;
  }

  /** The same for text that stands out as far; nothing where that cannot be told from its surroundings. */
  function textOf(element: Element): string | undefined {
    const { behind, veils, isLoose } = groundOf(element);
    if (isLoose) return undefined;
    const { color, fontSize, fontWeight, textShadow, textDecorationLine } = getComputedStyle(element);
    const link =
      element.localName === 'a'
        ? `${textDecorationLine} in ${getComputedStyle(element.parentElement ?? element).color}`
        : '';
    return hash([color, fontSize, fontWeight, textShadow, behind, veils, link].join('|'));
  }

  const hasText = (element: Element) =>
    /^(?:input|select|textarea)$/.test(element.localName) ||
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim());

  // Transitions that run in spite of everything are over now.
  for (const animation of document.getAnimations()) {
    if (animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY) animation.finish();
  }
  // Shades at the edges of wide tables, and arrows of lists: axe measures no text that has a picture behind it.
  const plain = new CSSStyleSheet();
  plain.replaceSync('.ff-scroll, select { background-image: none !important; }');
  document.adoptedStyleSheets.push(plain);

  const all = [...document.querySelectorAll('*')];
  const exposed = all.map((element) => Number(element.checkVisibility({ visibilityProperty: true })));
  const state = hash(exposed.join('') + document.documentElement.outerHTML);
  const isKnown = states.includes(state);
  const measured = new Set(texts);
  // Text that axe left out in the colour scheme before, because it is hidden, inactive or a single letter.
  const before = given.ffUnmeasured ?? new WeakSet();
  const unmeasured = (given.ffUnmeasured = new WeakSet());
  const isNew = (element: Element, index: number) =>
    exposed[index] === 1 && hasText(element) && !before.has(element) && !measured.has(textOf(element) ?? '');

  const rule = axe._audit.rules.find(({ id }) => id === 'color-contrast');
  const check = axe._audit.checks['color-contrast'];
  if (rule === undefined || check === undefined) throw new Error('axe measures no contrast');
  const { matches } = rule;
  const { evaluate } = check;
  try {
    if (what === 'colours' && isKnown && !all.some(isNew)) return { findings, states, texts, needsAxe: false };
    rule.matches = (element, ...more) => {
      if (!hasText(element) || measured.has(textOf(element) ?? '')) return false;
      const isMeant = matches.call(rule, element, ...more);
      if (!isMeant) unmeasured.add(element);
      return isMeant;
    };
    check.evaluate = function measure(element, options, node, ...more) {
      const text = textOf(element);
      if (text !== undefined && measured.has(text)) return true;
      const result = evaluate.call(this, element, options, node, ...more);
      const isSeen = axe.commons.dom.isVisibleOnScreen(node);
      if (result === true && isSeen && text !== undefined) measured.add(text);
      else if (result === undefined || !isSeen) unmeasured.add(element);
      return result;
    };
    const ofColours = ['color-contrast', 'link-in-text-block'];
    const ofSizes = ['target-size', 'scrollable-region-focusable'];
    const some = { runOnly: what === 'colours' ? ofColours : [...ofColours, ...ofSizes] };
    // The rule for the size of targets (WCAG 2.2) is the one that has to be asked for.
    const options = isKnown ? some : { rules: { 'target-size': { enabled: true } } };
    const { violations } = await axe.run(document, { resultTypes: ['violations'], ...options });
    for (const { id, help, nodes } of violations)
      findings.push(...nodes.map(({ html, failureSummary }) => `axe ${id}: ${help}\n${html}\n${failureSummary ?? ''}`));
    return { findings, states: [...states, state], texts: [...measured], needsAxe: false };
  } finally {
    rule.matches = matches;
    check.evaluate = evaluate;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== plain);
  }
}
