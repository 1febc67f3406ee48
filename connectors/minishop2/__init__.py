"""MODX shops, miniShop2 and MiniShop3, through the companion plug-in (companions/modx)."""
