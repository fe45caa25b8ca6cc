// On every page: dialogs and banners that the visitor sends away.
document.addEventListener('click', (event) => {
  const what = event.target.closest('[data-dismiss]')?.dataset.dismiss;
  if (!what) return;
  document.querySelector(`.${what}`).remove();
  if (what === 'cookie-banner') document.cookie = 'cookie_banner_seen=1; path=/; secure; max-age=31536000';
});
