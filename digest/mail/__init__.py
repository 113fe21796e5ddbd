"""Everything about mail: how it looks, its headers and bytes, how it is handed over."""
