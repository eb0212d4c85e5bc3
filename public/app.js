/* Behaviour that HTML cannot give by itself. Every page works without this file; nothing here draws markup of its own. */
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  /* One listener per kind of event, on the document, so that swapped content needs no wiring. */
  const on = (type, selector, handler) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element ? event.target.closest(selector) : null;
      if (found) handler(event, found);
    });
  const onSettle = (handler) => {
    document.addEventListener('htmx:after:settle', (event) => handler(event.target));
    document.addEventListener('DOMContentLoaded', () => handler(document));
  };
  const capture = (type, handler) => document.addEventListener(type, handler, true);

  /* htmx: the CSRF token, a sign on what takes longer than a moment, and morphs that respect what is newer or what the reader has opened. */
  document.addEventListener('htmx:config:request', ({ detail }) => {
    const token = $('meta[name="csrf-token"]')?.content;
    const { request } = detail.ctx;
    if (token && !/^(GET|HEAD|OPTIONS)$/.test(request.method)) request.headers['X-CSRF-Token'] = token;
  });
  document.addEventListener('htmx:before:request', ({ target, detail: { ctx } }) => {
    const late = setTimeout(() => target.setAttribute('aria-busy', 'true'), 400);
    const { fetch } = ctx;
    ctx.fetch = (...request) =>
      fetch(...request).finally(() => {
        clearTimeout(late);
        target.removeAttribute('aria-busy');
      });
  });
  window.htmx?.registerExtension('ff', {
    htmx_before_morph_node: (old, { newNode }) =>
      !(old.dataset?.rev && newNode.dataset?.rev && Number(newNode.dataset.rev) < Number(old.dataset.rev)),
    htmx_before_morph_attr: (node, { attrName }) => !(attrName === 'open' && node.matches('details, dialog')),
  });

  /* What had the focus may be gone after a swap: then the next control in its place has it, else the page's content. */
  let place = null;
  document.addEventListener('htmx:before:swap', () => {
    place = document.activeElement?.closest('th, td, li, form');
  });
  onSettle(() => {
    if (!place || document.activeElement !== document.body) return;
    ((place.isConnected && $('a[href], button, input, select', place)) || $('#main')).focus();
  });

  /* Toasts: good news leaves after 6 s (30 s while it can be undone) unless it is being read; bad news stays. */
  const show = (kind, text) => {
    const toast = $('#ff-toast-template')?.content.firstElementChild?.cloneNode(true);
    if (!toast) return;
    toast.classList.replace('ff-toast-error', `ff-toast-${kind}`);
    toast.dataset.ffToast = kind;
    $('p', toast).textContent = text;
    $(kind === 'error' ? '#ff-alerts' : '#ff-toasts').append(toast);
    trimToasts();
  };
  const closeToast = (toast) => {
    const hadFocus = toast.contains(document.activeElement);
    toast.remove();
    if (hadFocus) ($('[data-ff-dismiss]') ?? $('#main'))?.focus();
  };
  const trimToasts = () => {
    const toasts = [...$$('#ff-toasts [data-ff-toast]'), ...$$('#ff-alerts [data-ff-toast]')];
    for (const toast of toasts.slice(0, Math.max(0, toasts.length - 3))) closeToast(toast);
  };
  setInterval(() => {
    for (const toast of $$('[data-ff-toast="success"], [data-ff-toast="info"]')) {
      if (document.hidden || toast.matches(':hover, :focus-within')) continue;
      const left = Number(toast.dataset.ffLeft ?? ($('form', toast) ? 30 : 6)) - 1;
      toast.dataset.ffLeft = left;
      if (left <= 0) closeToast(toast);
    }
  }, 1000);
  on('click', '[data-ff-dismiss]', (_event, button) => closeToast(button.closest('[data-ff-toast]')));
  onSettle(trimToasts);
  /* A live region speaks of what is added later: the words that came with the page are put in once more. Only the words, for
     a control that is moved loses its focus, and the click that it is in the middle of. */
  setTimeout(() => {
    for (const words of $$('#ff-toasts p')) words.replaceChildren(words.textContent);
  }, 200);

  /* Requests that failed without words of their own. */
  const putBack = (own) => {
    if (own?.matches('[data-ff-own]')) own.checked = own.defaultChecked;
  };
  document.addEventListener('htmx:response:error', ({ detail: { ctx } }) => {
    putBack(ctx.sourceElement);
    if (ctx.response.status === 422 || ctx.text?.includes('<hx-partial') || ctx.hx?.redirect || ctx.hx?.refresh) return;
    const reference = ctx.response.headers.get('X-Request-Id');
    const words = 'The server could not do that. Reload to see how things stand.';
    show('error', reference ? `${words} Reference ${reference}` : words);
  });
  /* Some browsers end the requests of a page that is being left while it is still shown: that is no news. */
  let leavingSince = Number.NEGATIVE_INFINITY;
  window.addEventListener('beforeunload', ({ timeStamp }) => (leavingSince = timeStamp));
  document.addEventListener('htmx:error', ({ detail, timeStamp }) => {
    putBack(detail.ctx?.sourceElement);
    if (detail.ctx && timeStamp - leavingSince > 1000)
      show('error', 'The server did not answer. Check the connection and try again.');
  });
  document.addEventListener('ff-go', ({ detail }) => location.assign(detail.data)); // a long act has ended
  const tellNetwork = () =>
    ($('#ff-offline').textContent = navigator.onLine ? '' : "You're offline. Nothing was saved.");
  for (const change of ['offline', 'online']) window.addEventListener(change, tellNetwork);

  /* Unsaved changes. */
  const changed = (form) => 'ffChanged' in form.dataset && !form.classList.contains('htmx-request');
  document.addEventListener('input', ({ target: { form, dataset } }) => {
    if (!form || 'ffOwn' in dataset) return; // what saves by itself leaves nothing unsaved
    form.dataset.ffChanged = '';
    const note = $('[data-ff-dirty-note]', form);
    if (form.matches('[data-ff-dirty]') && note && !note.textContent) note.textContent = 'Unsaved changes';
  });
  document.addEventListener('submit', (event) => event.defaultPrevented || delete event.target.dataset.ffChanged);
  window.addEventListener('beforeunload', (event) => $$('form[data-ff-dirty]').some(changed) && event.preventDefault());
  onSettle((root) => {
    for (const form of $$('form[data-ff-dirty]:has(.ff-error)', root)) form.dataset.ffChanged = '';
  });

  /* Dialogs arrive as content of #ff-dialog, open as modals and give the focus back. What lies outside a modal is
     inert, so the toasts move into it while it is open. */
  let opener = null;
  const homeToasts = () => $('dialog .ff-toaster') && document.body.append($('.ff-toaster'));
  document.addEventListener('htmx:before:swap', homeToasts);
  onSettle(() => {
    for (const dialog of $$('dialog[data-ff-open]:not([open])')) {
      opener = document.activeElement;
      dialog.showModal();
    }
    $('#ff-dialog dialog[open]')?.append($('.ff-toaster'));
  });
  const mayClose = (dialog) => {
    const unsaved = $$('form', dialog).some(changed);
    if (unsaved) $('[data-ff-guard]', dialog).textContent = 'Not sent yet. Choose Cancel to discard what you typed.';
    return !unsaved;
  };
  const closeDialog = () => $('#ff-dialog dialog[open]')?.close();
  document.addEventListener('ff-close-dialog', closeDialog);
  on('click', 'dialog [data-ff-close]', (event) => {
    event.preventDefault();
    closeDialog();
  });
  on('click', '#ff-dialog dialog', ({ target }, dialog) => target === dialog && mayClose(dialog) && dialog.close());
  capture('cancel', (e) => e.target.matches?.('#ff-dialog dialog') && !mayClose(e.target) && e.preventDefault());
  capture('close', ({ target }) => {
    if (!target.matches?.('#ff-dialog dialog')) return;
    homeToasts();
    target.remove();
    const back = opener?.isConnected ? opener : document.getElementById(opener?.id);
    if (document.activeElement === document.body) (back ?? $('#main'))?.focus();
  });

  /* Change lists: ticking rows. */
  let lastBox = null;
  const boxesOf = (form) => [...form.elements].filter((field) => field.name === '_selected_action');
  const tellSelection = (form) => {
    const boxes = boxesOf(form);
    const ticked = boxes.filter((box) => box.checked).length;
    const all = ticked > 0 && ticked === boxes.length;
    const across = $('[data-ff-across]', form);
    if (across && !all) across.checked = false;
    form.toggleAttribute('data-ff-any', ticked > 0);
    form.toggleAttribute('data-ff-all', all);
    const text = $('[data-ff-selected]', form);
    const everything = across?.checked && `All ${across.dataset.ffAcross} selected`;
    if (text) text.textContent = everything || `${ticked} of ${boxes.length} selected`;
    for (const toggle of $$(`[data-ff-toggle-all="${form.id}"]`)) {
      toggle.checked = all;
      toggle.indeterminate = ticked > 0 && !all;
    }
  };
  on('change', '[data-ff-toggle-all]', (_event, toggle) => {
    const form = document.getElementById(toggle.dataset.ffToggleAll);
    for (const box of boxesOf(form)) box.checked = toggle.checked;
    tellSelection(form);
  });
  on('click', '[name="_selected_action"]', (event, box) => {
    const boxes = boxesOf(box.form);
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const between of boxes.slice(from, to)) between.checked = box.checked;
    lastBox = box;
    tellSelection(box.form);
  });
  on('change', '[data-ff-across]', (_event, across) => tellSelection(across.form));
  onSettle(() => $$('form[data-ff-bulk]').forEach(tellSelection));

  /* Inlines: rows added from a template and taken away again, numbered without gaps. */
  const number = (group) => {
    const prefix = group.dataset.ffFormset;
    const rows = $$('[data-ff-row]', group);
    const numbered = new RegExp(`(?<![A-Za-z0-9-])${prefix}-(\\d+|__prefix__)(?=\\W|$)`, 'g');
    for (const [index, row] of rows.entries())
      for (const { attributes } of [row, ...$$('*', row)])
        for (const attribute of attributes) attribute.value = attribute.value.replace(numbered, `${prefix}-${index}`);
    $(`[name="${prefix}-TOTAL_FORMS"]`, group).value = rows.length;
    const most = Number($(`[name="${prefix}-MAX_NUM_FORMS"]`, group)?.value ?? 1000);
    const add = $('[data-ff-add]', group);
    if (add) add.hidden = rows.length >= most;
    return rows;
  };
  on('click', '[data-ff-add]', (event, button) => {
    event.preventDefault();
    const group = button.closest('[data-ff-formset]');
    const template = $('template[data-ff-template]', group);
    template.before(template.content.cloneNode(true));
    const row = number(group).at(-1);
    window.htmx?.process(row);
    $('input:not([type="hidden"]), select, textarea', row)?.focus();
  });
  on('click', '[data-ff-remove]', (_event, button) => {
    const group = button.closest('[data-ff-formset]');
    const index = $$('[data-ff-row]', group).indexOf(button.closest('[data-ff-row]'));
    button.closest('[data-ff-row]').remove();
    const rows = number(group);
    const next = rows[index] ?? rows[index - 1];
    const target = next && $('[data-ff-remove], [name$="-DELETE"]', next);
    (target ?? $('h2', group)).focus();
    group.closest('form')?.dispatchEvent(new Event('input', { bubbles: true }));
  });

  /* Keys made from names, until somebody writes the key. */
  const slug = (text, separator) => {
    const plain = text.normalize('NFKD').replace(/\p{M}/gu, '');
    return (plain.toLowerCase().match(/[a-z0-9]+/g) ?? []).join(separator);
  };
  on('input', 'form input', ({ target }) => {
    delete target.dataset.ffAuto;
    for (const key of $$('[data-ff-prepopulate]', target.form)) {
      const sources = key.dataset.ffPrepopulate.split(',').map((name) => target.form.elements.namedItem(name.trim()));
      if (!sources.includes(target) || (key.value !== '' && !('ffAuto' in key.dataset))) continue;
      const text = sources.map((source) => source?.value ?? '').join(' ');
      key.value = slug(text, key.dataset.ffSeparator ?? '-').slice(0, key.maxLength > 0 ? key.maxLength : 100);
      key.dataset.ffAuto = '';
    }
  });

  on('click', '[data-ff-copy]', async (_event, button) => {
    const refused = await (navigator.clipboard?.writeText(button.dataset.ffCopy) ?? Promise.reject()).catch(() => true);
    if (refused) show('info', 'The browser does not allow copying here. Select the text and copy it by hand.');
    else show('success', 'Copied to the clipboard.');
  });

  /* Comboboxes: the server answers with options, the arrow keys walk through them. */
  const listOf = (input) => document.getElementById(input.getAttribute('aria-controls'));
  const openList = (input, open) => {
    listOf(input).hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    if (!open) input.removeAttribute('aria-activedescendant');
  };
  const mark = (input, option) => {
    for (const other of $$('[role="option"]', listOf(input))) other.ariaSelected = String(other === option);
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };
  const choose = (input, option) => {
    $('[data-ff-value]', input.closest('[data-ff-combobox]')).value = option.dataset.value;
    input.value = option.dataset.text;
    openList(input, false);
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  on('input', '[role="combobox"]', (_event, input) => {
    $('[data-ff-value]', input.closest('[data-ff-combobox]')).value = '';
  });
  on('keydown', '[role="combobox"]', (event, input) => {
    const options = $$('[role="option"][data-value]', listOf(input));
    const open = !listOf(input).hidden;
    const active = options.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    const last = options.length - 1;
    const next = { ArrowDown: Math.min(active + 1, last), ArrowUp: Math.max(active - 1, 0), Home: 0, End: last }[
      event.key
    ];
    if (event.key === 'ArrowDown' && !open) input.dispatchEvent(new Event('ff-search'));
    else if (open && options[next]) mark(input, options[next]);
    else if (open && event.key === 'Enter' && active >= 0) choose(input, options[active]);
    else if (open && event.key === 'Escape') openList(input, false);
    else return;
    event.preventDefault();
  });
  on('mousedown', '[role="listbox"]', (event) => event.preventDefault());
  on('click', '[data-ff-combobox] [role="option"][data-value]', (_event, option) =>
    choose($('[role="combobox"]', option.closest('[data-ff-combobox]')), option),
  );
  on('focusout', '[role="combobox"]', (_event, input) => openList(input, false));
  document.addEventListener('htmx:after:settle', ({ target }) => {
    const input = target.matches?.('[role="listbox"]') && $(`[aria-controls="${target.id}"]`);
    if (!input || document.activeElement !== input) return;
    openList(input, true);
    const found = $$('[data-value]', target).length;
    const count = $('[data-ff-count]', input.closest('[data-ff-combobox]'));
    count.textContent = found === 1 ? '1 result' : `${found} results`;
  });

  /* A table that fits its region may show its head while the page scrolls. */
  const fit = () => {
    for (const box of $$('[data-ff-sticky]')) box.classList.toggle('ff-fits', box.scrollWidth <= box.clientWidth);
  };
  onSettle(fit);
  new ResizeObserver(fit).observe(document.documentElement);

  /* "/" goes to the search box of the page. */
  document.addEventListener('keydown', (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== '/' || modified || document.documentElement.dataset.ffKeys === 'off') return;
    const search = $('[data-ff-search]');
    if (!search || $('dialog[open]') || event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  tellNetwork();
})();
