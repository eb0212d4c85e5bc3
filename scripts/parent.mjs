/**
 * npm runs a script through a shell, and that shell dies of a stop signal without handing it on: the script would go on
 * for ever, holding its port. So watch the shell, and call `stop` when it is gone. Does nothing where npm was not used.
 */
export function endWithParent(stop) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, 500);
  watch.unref();
}
