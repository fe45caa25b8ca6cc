// The owner's link carries the token in the address's fragment, which no server sees: hand it over once, by the form.

const form = /** @type {HTMLFormElement} */ (document.getElementById('sign-in-form'));

function take() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return;
  history.replaceState(null, '', location.pathname + location.search);
  document.getElementById('working').hidden = false;
  /** @type {HTMLInputElement} */ (document.getElementById('token')).value = token;
  form.submit();
}

addEventListener('hashchange', take);
take();
