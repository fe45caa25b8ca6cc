// One at a time, across the worker and the extension's pages. A lock goes with whoever held it.

/** @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
export const alone = (name, work) => /** @type {Promise<any>} */ (navigator.locks.request(name, work));
