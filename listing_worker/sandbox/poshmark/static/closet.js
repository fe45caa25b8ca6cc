// The closet: forgets ?created_listing_id soon after it was opened, and loads more tiles while one scrolls.
(() => {
  const state = window.__INITIAL_STATE__.$_closet;
  if (new URLSearchParams(location.search).has('created_listing_id')) {
    setTimeout(() => history.replaceState(null, '', location.pathname), 250);
  }

  const tiles = document.getElementById('tiles');
  const more = document.getElementById('more');
  let next = state.shown === 48 ? 48 : null;
  more.hidden = next === null;

  function tile(post) {
    const box = document.createElement('div');
    box.className = 'tile';
    box.dataset.etName = 'listing_tile';
    const cover = document.createElement('a');
    cover.className = 'tile__covershot';
    cover.href = post.path;
    cover.setAttribute('data-et-name', 'listing');
    cover.setAttribute('data-et-prop-listing_id', post.id);
    const image = document.createElement('img');
    image.src = post.cover_shot ? post.cover_shot.url : '';
    image.alt = post.title;
    cover.append(image);
    const words = { sold_out: ['sold-tag', 'Sold'], not_for_sale: ['not-for-sale-tag', 'Not for sale'] }[post.inventory_status];
    if (words) {
      const tag = document.createElement('i');
      tag.className = `tile__tag ${words[0]}`;
      tag.textContent = words[1];
      cover.append(tag);
    }
    const details = document.createElement('div');
    details.className = 'item__details';
    const title = document.createElement('a');
    title.className = 'tile__title';
    title.href = post.path;
    title.textContent = post.title;
    const price = document.createElement('div');
    price.className = 'tile__line';
    price.textContent = `$${Number(post.price_amount.val).toFixed(0)}`;
    details.append(title, price);
    box.append(cover, details);
    return box;
  }

  const watch = new IntersectionObserver(async (entries) => {
    if (next === null || !entries.some((entry) => entry.isIntersecting)) return;
    watch.unobserve(more);
    const asked = { filters: { inventory_status: [state.availability || 'all'] }, sort_by: 'added_desc', count: 48, max_id: next };
    const answer = await fetch(`/vm-rest/users/${state.handle}/posts/filtered?request=${encodeURIComponent(JSON.stringify(asked))}`);
    const page = await answer.json();
    tiles.append(...page.data.map(tile));
    next = page.more.next_max_id;
    more.hidden = next === null;
    if (next !== null) watch.observe(more);
  });
  watch.observe(more);
})();
