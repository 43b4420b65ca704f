# Requests by path, for sort to order.
{ hits[$7]++ }
END { for (p in hits) print hits[p], p }
