"""Rule packs in Python: installed distributions, found without importing anything of them."""
