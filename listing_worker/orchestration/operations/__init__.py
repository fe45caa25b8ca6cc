"""Operations: what is done about a live posting (check, change_price, edit, delist, relist), and dry runs."""
