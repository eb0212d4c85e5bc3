/* The assistant's page: stopping an answer, asking by keyboard, and saying so when an answer breaks off. */
(() => {
  const answer = () => document.getElementById('answer');
  const question = () => document.querySelector('[data-ff-ask]');

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.target !== question()) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  document.addEventListener('click', ({ target }) => {
    if (!target.closest?.('[data-ff-stop]')) return;
    for (const form of document.querySelectorAll('[data-ff-asks]')) window.htmx.trigger(form, 'htmx:abort');
    question()?.focus();
  });

  /* The question stands in the answer now; the box is free for the next one. */
  document.addEventListener('htmx:sse:after:connection', ({ target }) => {
    if (target.id !== 'ask') return;
    question().value = '';
    delete target.dataset.ffChanged;
  });

  /* The last message says that the answer is complete. Without it the stream was cut, here or on the way. */
  document.addEventListener('htmx:sse:close', () => {
    if (answer()?.getAttribute('aria-busy') !== 'true') return;
    answer().setAttribute('aria-busy', 'false');
    document.getElementById('answer-busy')?.remove();
    document.getElementById('answer-cut')?.removeAttribute('hidden');
    if (document.activeElement === document.body) document.getElementById('answer-retry')?.focus();
  });
})();
