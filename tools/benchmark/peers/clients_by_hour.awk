# Distinct client addresses by hour: the array holds each pair once.
{
  hour = substr($4, 2, 14)
  if (!((hour, $1) in seen)) {
    seen[hour, $1]
    clients[hour]++
  }
}
END { for (h in clients) print clients[h], h }
