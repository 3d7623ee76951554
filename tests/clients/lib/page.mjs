// Runs the checks of a client in a page, one after the other.

export async function run(page) {
  const checks = (globalThis.checks = []);
  // `open`: pages of every origin succeed, such as with images and JSONP.
  const check = async (name, action, { open = false } = {}) => {
    const start = performance.now();
    // Later visits wait for five times as long as the first visit needed.
    const limit = globalThis.LIMITS[name] ?? 5000;
    deadline = start + limit;
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`no result in ${limit} ms`)), limit));
    const result = { name, open };
    try {
      const value = await Promise.race([action(), late]);
      Object.assign(result, { ok: true, detail: text(value) });
    } catch (error) {
      Object.assign(result, { ok: false, detail: text(error) });
    }
    checks.push({ ...result, milliseconds: performance.now() - start });
  };
  try {
    await page({ check, equal, failure, until, API: globalThis.API });
  } catch (error) {
    checks.push({ name: "the script of the page", ok: false, detail: text(error) });
  }
  globalThis.done = true;
}

// The time at which the current check ends.
let deadline;

function equal(actual, expected) {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (found !== wanted) throw new Error(`${found} instead of ${wanted}`);
  return actual;
}

// Returns the error of a promise.
function failure(promise) {
  const succeed = () => {
    throw new Error("no error");
  };
  return promise.then(succeed, (error) => error);
}

// Waits until `probe` returns a value.
async function until(probe) {
  while (performance.now() < deadline) {
    const value = await probe();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no result of ${probe}`);
}

function text(value) {
  if (value instanceof Error) return `${value.name}: ${value.message}`.slice(0, 300);
  return String(JSON.stringify(value)).slice(0, 100);
}
